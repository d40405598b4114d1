import { type FormEvent, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { call } from "../../../ui/call.ts";
import { Dialog } from "../../../ui/dialog.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { TextField } from "../../../ui/text-field.tsx";
import { useToast } from "../../../ui/toast.tsx";
import { type Passkey, removePasskey, renamePasskey } from "../sign-in-contract.ts";
import { ProofForm } from "./proof-form.tsx";
import { makePasskey } from "./use-passkey.ts";
import { useSecurityChange } from "./use-security.ts";

export type PasskeyTask = { readonly kind: "add" } | { readonly kind: "rename" | "remove"; readonly passkey: Passkey };

export function PasskeyDialog({ task, onClose }: { task: PasskeyTask | null; onClose: () => void }) {
  const text = useText();
  return (
    <Dialog open={task !== null} onClose={onClose} title={task === null ? "" : titleOf(task)}>
      {task?.kind === "add" ? <AddPasskey onClose={onClose} /> : null}
      {task?.kind === "rename" ? <RenamePasskey passkey={task.passkey} onClose={onClose} /> : null}
      {task?.kind === "remove" ? <RemovePasskey passkey={task.passkey} onClose={onClose} /> : null}
    </Dialog>
  );

  function titleOf(shown: PasskeyTask): string {
    if (shown.kind === "add") return text.security.addPasskey;
    const { name } = shown.passkey;
    return shown.kind === "rename"
      ? text.security.renamePasskeyNamed({ name })
      : text.security.removePasskeyNamed({ name });
  }
}

function AddPasskey({ onClose }: { onClose: () => void }) {
  const text = useText();
  const showToast = useToast();
  const [name, setName] = useState("");
  const make = useSecurityChange(makePasskey);
  const done = () => {
    showToast({ sentence: text.security.passkeyAdded });
    onClose();
  };
  return (
    <ProofForm
      sentence={text.security.addPasskeyHelp}
      action={text.security.addPasskey}
      mayBeCode={false}
      isPending={make.isPending}
      problem={make.error}
      onSubmit={(proof) => make.mutate({ name: name.trim(), proof }, { onSuccess: done })}
      onClose={onClose}
    >
      <NameField name={name} onChange={setName} />
    </ProofForm>
  );
}

function RenamePasskey({ passkey, onClose }: { passkey: Passkey; onClose: () => void }) {
  const text = useText();
  const [name, setName] = useState(passkey.name);
  const rename = useSecurityChange(() =>
    call(renamePasskey, { params: { passkeyId: passkey.id }, body: { name: name.trim() } }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    rename.mutate(undefined, { onSuccess: onClose });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {rename.isError ? <ProblemNotice heading={text.settings.saveFailed} problem={rename.error} /> : null}
      <NameField name={name} onChange={setName} />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{text.common.cancel}</Button>
        <Button type="submit" look="primary" disabled={rename.isPending || name.trim() === ""}>
          {text.common.save}
        </Button>
      </div>
    </form>
  );
}

function RemovePasskey({ passkey, onClose }: { passkey: Passkey; onClose: () => void }) {
  const text = useText();
  const showToast = useToast();
  const remove = useSecurityChange(() => call(removePasskey, { params: { passkeyId: passkey.id } }));
  const done = () => {
    showToast({ sentence: text.security.passkeyRemoved });
    onClose();
  };
  return (
    <div className="flex flex-col gap-4">
      <p className="text-text-2">{text.security.removePasskeyHelp}</p>
      {remove.isError ? <ProblemNotice heading={text.settings.saveFailed} problem={remove.error} /> : null}
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{text.common.cancel}</Button>
        <Button look="danger" disabled={remove.isPending} onClick={() => remove.mutate(undefined, { onSuccess: done })}>
          {text.security.removePasskey}
        </Button>
      </div>
    </div>
  );
}

function NameField({ name, onChange }: { name: string; onChange: (name: string) => void }) {
  const text = useText();
  return (
    <TextField
      label={text.security.passkeyName}
      help={text.security.passkeyNameHelp}
      autoComplete="off"
      maxLength={100}
      required
      value={name}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
