import { type FormEvent, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { Notice, ProblemNotice } from "../../../ui/notice.tsx";
import { TextField } from "../../../ui/text-field.tsx";
import { minPassphraseCharacters } from "../contract.ts";
import { useChangeBackups } from "./use-backups.ts";

/** Typed twice, since a slip would be found out only on the bad day; never shown again. */
export function BackupPassphrase({ hasPassphrase }: { hasPassphrase: boolean }) {
  const text = useText();
  const [isOpen, setOpen] = useState(false);
  const change = useChangeBackups();
  return (
    <section className="flex flex-col gap-3">
      <h3 className="text-section font-semibold">{text.backups.passphrase}</h3>
      {hasPassphrase ? (
        <>
          <p>{text.backups.passphraseSet}</p>
          <Notice tone="warning">{text.backups.passphraseKeep}</Notice>
        </>
      ) : (
        <p>{text.backups.passphraseNone}</p>
      )}
      {change.isError ? <ProblemNotice heading={text.settings.saveFailed} problem={change.error} /> : null}
      {isOpen || !hasPassphrase ? (
        <PassphraseForm
          isSaving={change.isPending}
          onSave={(passphrase) => change.mutate({ passphrase }, { onSuccess: () => setOpen(false) })}
        />
      ) : (
        <div className="flex flex-wrap gap-2">
          <Button onClick={() => setOpen(true)}>{text.backups.passphraseChange}</Button>
          <Button look="danger" disabled={change.isPending} onClick={() => change.mutate({ passphrase: null })}>
            {text.backups.passphraseRemove}
          </Button>
        </div>
      )}
    </section>
  );
}

function PassphraseForm({ isSaving, onSave }: { isSaving: boolean; onSave: (passphrase: string) => void }) {
  const text = useText();
  const [first, setFirst] = useState("");
  const [second, setSecond] = useState("");
  const isLong = first.length >= minPassphraseCharacters;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isLong && first === second) onSave(first);
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <TextField
        label={text.backups.passphraseNew}
        help={text.backups.passphraseHelp({ characters: minPassphraseCharacters })}
        type="password"
        autoComplete="new-password"
        maxLength={1000}
        value={first}
        onChange={(event) => setFirst(event.target.value)}
      />
      <TextField
        label={text.backups.passphraseRepeat}
        problem={second !== "" && !first.startsWith(second) ? text.backups.passphraseDiffers : null}
        type="password"
        autoComplete="new-password"
        maxLength={1000}
        value={second}
        onChange={(event) => setSecond(event.target.value)}
      />
      <Button type="submit" className="self-start" disabled={isSaving || !isLong || first !== second}>
        {text.backups.passphraseSave}
      </Button>
    </form>
  );
}
