import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { Empty } from "../../../ui/empty.tsx";
import { useLanguage, useText } from "../../../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import type { Passkey } from "../sign-in-contract.ts";
import { PasskeyDialog, type PasskeyTask } from "./passkey-dialog.tsx";
import { findPasskeyObstacle, PasskeyObstacle } from "./passkey-obstacle.tsx";
import { SettingPart } from "./setting-part.tsx";
import { passkeysQuery } from "./use-security.ts";

export function Passkeys() {
  const text = useText();
  const [task, setTask] = useState<PasskeyTask | null>(null);
  const obstacle = findPasskeyObstacle();
  return (
    <SettingPart title={text.security.passkeys} sentence={text.security.passkeysSentence}>
      <PasskeyList onTask={setTask} canAdd={obstacle === null} />
      {obstacle === null ? (
        <Button className="self-start" onClick={() => setTask({ kind: "add" })}>
          {text.security.addPasskey}
        </Button>
      ) : (
        <PasskeyObstacle obstacle={obstacle} />
      )}
      <PasskeyDialog task={task} onClose={() => setTask(null)} />
    </SettingPart>
  );
}

function PasskeyList({ onTask, canAdd }: { onTask: (task: PasskeyTask) => void; canAdd: boolean }) {
  const text = useText();
  const passkeys = useQuery(passkeysQuery);
  if (passkeys.isPending) return <Skeleton rows={1} rowClasses="h-12" />;
  if (passkeys.data === undefined) {
    const retry = () => void passkeys.refetch();
    return <ProblemNotice heading={text.security.passkeysFailed} problem={passkeys.error} onRetry={retry} />;
  }
  const { items } = passkeys.data;
  if (items.length === 0) return canAdd ? <Empty sentence={text.security.noPasskeys} /> : null;
  return (
    <ul className="flex flex-col border-t border-border">
      {items.map((passkey) => (
        <PasskeyRow key={passkey.id} passkey={passkey} onTask={onTask} />
      ))}
    </ul>
  );
}

function PasskeyRow({ passkey, onTask }: { passkey: Passkey; onTask: (task: PasskeyTask) => void }) {
  const { text, format } = useLanguage();
  const { name, host, createdAt, lastUsedAt } = passkey;
  const isElsewhere = host !== location.hostname;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-border py-3">
      <div className="min-w-0 grow basis-48">
        <p dir="auto" className="font-medium wrap-anywhere">
          {name}
        </p>
        <p className="text-dense text-text-2">
          {lastUsedAt === null
            ? text.security.passkeyMade({ date: format.date(createdAt) })
            : text.security.passkeyUsed({ time: format.dateTime(lastUsedAt) })}
        </p>
        {isElsewhere ? <p className="text-dense text-text-2">{text.security.passkeyElsewhere({ host })}</p> : null}
      </div>
      <div className="flex flex-wrap gap-2">
        <Button
          aria-label={text.security.renamePasskeyNamed({ name })}
          onClick={() => onTask({ kind: "rename", passkey })}
        >
          {text.security.renamePasskey}
        </Button>
        <Button
          look="danger"
          aria-label={text.security.removePasskeyNamed({ name })}
          onClick={() => onTask({ kind: "remove", passkey })}
        >
          {text.security.removePasskey}
        </Button>
      </div>
    </li>
  );
}
