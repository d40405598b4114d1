import { type FormEvent, type ReactNode, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { TextField } from "../../../ui/text-field.tsx";

interface Props {
  readonly sentence: string;
  readonly action: string;
  readonly look?: "primary" | "danger";
  /** A code does it too, where two-factor is on. */
  readonly mayBeCode: boolean;
  readonly isPending: boolean;
  readonly problem: unknown;
  readonly onSubmit: (proof: string) => void;
  readonly onClose: () => void;
  /** More fields, above the password. */
  readonly children?: ReactNode;
}

/** Asks once more who it is, before something that decides who gets in. */
export function ProofForm(props: Props) {
  const { sentence, action, look = "primary", mayBeCode, isPending, problem, onSubmit, onClose, children } = props;
  const text = useText();
  const [proof, setProof] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit(proof);
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <p className="text-text-2">{sentence}</p>
      {problem ? <ProblemNotice heading={text.settings.saveFailed} problem={problem} /> : null}
      {children}
      <TextField
        label={mayBeCode ? text.security.passwordOrCode : text.security.yourPassword}
        help={mayBeCode ? text.security.passwordOrCodeHelp : text.security.proofHelp}
        type="password"
        autoComplete="current-password"
        required
        value={proof}
        onChange={(event) => setProof(event.target.value)}
      />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{text.common.cancel}</Button>
        <Button type="submit" look={look} disabled={isPending || proof === ""}>
          {action}
        </Button>
      </div>
    </form>
  );
}
