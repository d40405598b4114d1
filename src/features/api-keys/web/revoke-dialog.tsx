import { type FormEvent, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { TextField } from "../../../ui/text-field.tsx";
import { useToast } from "../../../ui/toast.tsx";
import type { ApiKey } from "../contract.ts";
import { useRevokeApiKey } from "./use-api-keys.ts";

/** Cannot be undone, so the key's name is typed first. */
export function RevokeDialog({ apiKey, onClose }: { apiKey: ApiKey | null; onClose: () => void }) {
  const text = useText();
  return (
    <Dialog open={apiKey !== null} onClose={onClose} title={text.apiKeys.revokeTitle({ name: apiKey?.name ?? "" })}>
      {apiKey === null ? null : <RevokeForm apiKey={apiKey} onClose={onClose} />}
    </Dialog>
  );
}

function RevokeForm({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const text = useText();
  const showToast = useToast();
  const revoke = useRevokeApiKey();
  const [typed, setTyped] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    revoke.mutate(apiKey.id, {
      onSuccess: () => {
        showToast({ sentence: text.apiKeys.revoked });
        onClose();
      },
    });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <p className="text-text-2">{text.apiKeys.revokeHelp}</p>
      {revoke.isError ? <ProblemNotice problem={revoke.error} /> : null}
      <TextField
        label={text.apiKeys.revokeConfirm({ name: apiKey.name })}
        autoComplete="off"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{text.common.cancel}</Button>
        <Button type="submit" look="danger" disabled={typed.trim() !== apiKey.name || revoke.isPending}>
          {text.apiKeys.revoke}
        </Button>
      </div>
    </form>
  );
}
