import { type FormEvent, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { Empty } from "../../../ui/empty.tsx";
import { useLanguage, useText } from "../../../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { ShownOnce } from "../../../ui/shown-once.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { TextField } from "../../../ui/text-field.tsx";
import type { ApiKey } from "../contract.ts";
import { RevokeDialog } from "./revoke-dialog.tsx";
import { useApiKeys, useCreateApiKey } from "./use-api-keys.ts";

export function ApiKeysSettings() {
  const text = useText();
  return (
    <div className="flex flex-col gap-6">
      <div className="flex flex-col gap-1 text-text-2">
        <p>{text.apiKeys.sentence}</p>
        <p>
          {text.apiKeys.address}: <code dir="ltr" className="break-all text-text">{`${location.origin}/v1`}</code>
        </p>
      </div>
      <CreateKey />
      <KeyList />
    </div>
  );
}

function CreateKey() {
  const text = useText();
  const [name, setName] = useState("");
  const create = useCreateApiKey();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(name.trim(), { onSuccess: () => setName("") });
  };
  if (create.data !== undefined) {
    return (
      <ShownOnce
        title={text.apiKeys.createdTitle}
        help={text.apiKeys.createdHelp}
        secret={create.data.secret}
        done={text.apiKeys.done}
        onDone={create.reset}
      />
    );
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {create.isError ? <ProblemNotice heading={text.settings.saveFailed} problem={create.error} /> : null}
      <TextField
        label={text.apiKeys.name}
        help={text.apiKeys.nameHelp}
        required
        maxLength={100}
        autoComplete="off"
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <Button type="submit" look="primary" className="self-start" disabled={create.isPending || name.trim() === ""}>
        {text.apiKeys.create}
      </Button>
    </form>
  );
}

function KeyList() {
  const text = useText();
  const keys = useApiKeys();
  const [revoked, setRevoked] = useState<ApiKey | null>(null);
  if (keys.isPending) return <Skeleton rows={3} rowClasses="h-12" />;
  if (keys.data === undefined) {
    return <ProblemNotice heading={text.apiKeys.failed} problem={keys.error} onRetry={() => void keys.refetch()} />;
  }
  const items = keys.data.pages.flatMap((page) => page.items);
  if (items.length === 0) return <Empty sentence={text.apiKeys.empty} />;
  return (
    <>
      <ul className="flex flex-col border-t border-border">
        {items.map((key) => (
          <KeyRow key={key.id} apiKey={key} onRevoke={() => setRevoked(key)} />
        ))}
      </ul>
      {keys.hasNextPage ? (
        <Button className="self-start" disabled={keys.isFetchingNextPage} onClick={() => void keys.fetchNextPage()}>
          {text.common.more}
        </Button>
      ) : null}
      <RevokeDialog apiKey={revoked} onClose={() => setRevoked(null)} />
    </>
  );
}

function KeyRow({ apiKey, onRevoke }: { apiKey: ApiKey; onRevoke: () => void }) {
  const { text, format } = useLanguage();
  const facts = [
    { label: text.apiKeys.begins, value: <code>{apiKey.prefix}…</code> },
    { label: text.apiKeys.created, value: format.date(apiKey.createdAt) },
    {
      label: text.apiKeys.lastUsed,
      value: apiKey.lastUsedAt === null ? text.apiKeys.never : format.dateTime(apiKey.lastUsedAt),
    },
  ];
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-border py-3">
      <div className="min-w-0 grow basis-48">
        <p dir="auto" className="font-medium wrap-anywhere">
          {apiKey.name}
        </p>
        <dl className="flex flex-wrap gap-x-4 text-dense text-text-2">
          {facts.map((fact) => (
            <div key={fact.label} className="flex gap-1">
              <dt>{fact.label}</dt>
              <dd>{fact.value}</dd>
            </div>
          ))}
        </dl>
      </div>
      <Button look="danger" aria-label={text.apiKeys.revokeKey({ name: apiKey.name })} onClick={onRevoke}>
        {text.apiKeys.revoke}
      </Button>
    </li>
  );
}
