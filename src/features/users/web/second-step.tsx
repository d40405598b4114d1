import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { call } from "../../../ui/call.ts";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { ServerProblem } from "../../../ui/server-problem.ts";
import { TextField } from "../../../ui/text-field.tsx";
import type { User } from "../contract.ts";
import { takeSecondStep } from "../sign-in-contract.ts";

interface Props {
  readonly onEnter: (user: User) => void;
  /** With the problem where this step cannot be taken any more. */
  readonly onBack: (problem: unknown) => void;
}

/** The code of the phone, or a recovery code where the phone is not at hand. */
export function SecondStep({ onEnter, onBack }: Props) {
  const text = useText();
  const [isRecovery, setIsRecovery] = useState(false);
  const [code, setCode] = useState("");
  const box = useRef<HTMLInputElement>(null);
  const step = useMutation({
    mutationFn: () => call(takeSecondStep, { body: { code } }),
    onSuccess: onEnter,
    onError: (problem) => {
      if (problem instanceof ServerProblem && problem.code === "second_step_expired") onBack(problem);
      // The next code is typed over the wrong one.
      else box.current?.select();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    step.mutate();
  };
  const change = () => {
    setIsRecovery(!isRecovery);
    setCode("");
    step.reset();
    box.current?.focus();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {step.isError ? <ProblemNotice heading={text.signIn.failed} problem={step.error} /> : null}
      <TextField
        ref={box}
        label={isRecovery ? text.secondStep.recoveryCode : text.secondStep.code}
        help={isRecovery ? text.secondStep.recoveryCodeHelp : text.secondStep.codeHelp}
        inputMode={isRecovery ? "text" : "numeric"}
        autoComplete={isRecovery ? "off" : "one-time-code"}
        autoCapitalize="none"
        spellCheck={false}
        maxLength={100}
        required
        autoFocus
        dir="ltr"
        value={code}
        onChange={(event) => setCode(event.target.value)}
      />
      <Button type="submit" look="primary" disabled={step.isPending || code.trim() === ""}>
        {text.signIn.action}
      </Button>
      <div className="flex flex-wrap justify-between gap-2">
        <Button look="quiet" onClick={change}>
          {isRecovery ? text.secondStep.useCode : text.secondStep.useRecoveryCode}
        </Button>
        <Button look="quiet" onClick={() => onBack(null)}>
          {text.secondStep.back}
        </Button>
      </div>
      <p className="text-dense text-text-2">{text.secondStep.lost}</p>
    </form>
  );
}
