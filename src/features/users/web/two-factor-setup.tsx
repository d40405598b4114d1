import { type FormEvent, useEffect, useRef, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { call } from "../../../ui/call.ts";
import { CopyButton } from "../../../ui/copy-button.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { QrCode } from "../../../ui/qr-code.tsx";
import { TextField } from "../../../ui/text-field.tsx";
import { beginSecondFactor, confirmSecondFactor } from "../sign-in-contract.ts";
import { ProofForm } from "./proof-form.tsx";
import { RecoveryCodes } from "./recovery-codes.tsx";
import { useSecurityChange } from "./use-security.ts";

/** Three steps: the password, the app on the phone with a first code, the recovery codes. Before the second nothing counts. */
export function TwoFactorSetup({ onClose }: { onClose: () => void }) {
  const text = useText();
  const begin = useSecurityChange((proof: string) => call(beginSecondFactor, { body: { proof } }));
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  if (codes !== null) return <RecoveryCodes codes={codes} onDone={onClose} />;
  if (begin.data !== undefined) return <Confirm {...begin.data} onDone={setCodes} />;
  return (
    <ProofForm
      sentence={text.security.turnOnHelp}
      action={text.security.next}
      mayBeCode={false}
      isPending={begin.isPending}
      problem={begin.error}
      onSubmit={begin.mutate}
      onClose={onClose}
    />
  );
}

interface Props {
  readonly secret: string;
  readonly address: string;
  readonly onDone: (codes: readonly string[]) => void;
}

function Confirm({ secret, address, onDone }: Props) {
  const text = useText();
  const [code, setCode] = useState("");
  const box = useRef<HTMLInputElement>(null);
  const confirm = useSecurityChange(() => call(confirmSecondFactor, { body: { code } }));
  useEffect(() => box.current?.focus(), []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    confirm.mutate(undefined, {
      onSuccess: ({ recoveryCodes }) => onDone(recoveryCodes),
      onError: () => box.current?.select(),
    });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <p className="text-text-2">{text.security.scan}</p>
      <QrCode text={address} label={text.security.qrCode} />
      <div className="flex flex-col gap-1">
        <p className="text-dense text-text-2">{text.security.orType}</p>
        <div className="flex items-center gap-2 rounded-control border border-control bg-surface ps-3">
          <code dir="ltr" className="code-text min-w-0 grow py-1 break-words">
            {secret.replace(/.{4}(?=.)/g, "$& ")}
          </code>
          <CopyButton label={text.common.copy} read={() => secret} />
        </div>
      </div>
      {confirm.isError ? <ProblemNotice heading={text.settings.saveFailed} problem={confirm.error} /> : null}
      <TextField
        ref={box}
        label={text.secondStep.code}
        help={text.secondStep.codeHelp}
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={100}
        required
        dir="ltr"
        value={code}
        onChange={(event) => setCode(event.target.value)}
      />
      <Button type="submit" look="primary" disabled={confirm.isPending || code.trim() === ""}>
        {text.security.turnOnTwoFactor}
      </Button>
    </form>
  );
}
