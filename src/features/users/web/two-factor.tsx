import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { call } from "../../../ui/call.ts";
import { Dialog } from "../../../ui/dialog.tsx";
import { useLanguage, useText } from "../../../ui/i18n/language-provider.tsx";
import { Notice, ProblemNotice } from "../../../ui/notice.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { useToast } from "../../../ui/toast.tsx";
import { renewRecoveryCodes, type SecondFactorState, turnOffSecondFactor } from "../sign-in-contract.ts";
import { ProofForm } from "./proof-form.tsx";
import { RecoveryCodes } from "./recovery-codes.tsx";
import { SettingPart } from "./setting-part.tsx";
import { TwoFactorSetup } from "./two-factor-setup.tsx";
import { secondFactorQuery, useSecurityChange } from "./use-security.ts";

export function TwoFactor() {
  const text = useText();
  const state = useQuery(secondFactorQuery);
  return (
    <SettingPart title={text.security.twoFactor} sentence={text.security.twoFactorSentence}>
      {state.isPending ? <Skeleton rows={1} rowClasses="h-12" /> : null}
      {state.isError ? (
        <ProblemNotice
          heading={text.security.twoFactorFailed}
          problem={state.error}
          onRetry={() => void state.refetch()}
        />
      ) : null}
      {state.data === undefined ? null : <TwoFactorState state={state.data} />}
    </SettingPart>
  );
}

type Open = "setup" | "codes" | "off" | null;
/** From here on it is time for new ones. */
const fewCodes = 3;

function TwoFactorState({ state: { onSince, recoveryCodesLeft } }: { state: SecondFactorState }) {
  const { text, format } = useLanguage();
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const titles = {
    setup: text.security.turnOnTwoFactor,
    codes: text.security.newRecoveryCodes,
    off: text.security.turnOffTwoFactor,
  };
  return (
    <>
      {onSince === null ? (
        <Button className="self-start" onClick={() => setOpen("setup")}>
          {text.security.turnOnTwoFactor}
        </Button>
      ) : (
        <>
          <p>{text.security.twoFactorOn({ date: format.date(onSince), codes: recoveryCodesLeft })}</p>
          {recoveryCodesLeft < fewCodes ? <Notice tone="warning">{text.security.fewRecoveryCodes}</Notice> : null}
          <div className="flex flex-wrap gap-2">
            <Button onClick={() => setOpen("codes")}>{text.security.newRecoveryCodes}</Button>
            <Button look="danger" onClick={() => setOpen("off")}>
              {text.security.turnOffTwoFactor}
            </Button>
          </div>
        </>
      )}
      <Dialog open={open !== null} onClose={close} title={open === null ? "" : titles[open]}>
        {open === "setup" ? <TwoFactorSetup onClose={close} /> : null}
        {open === "codes" ? <NewCodes onClose={close} /> : null}
        {open === "off" ? <TurnOff onClose={close} /> : null}
      </Dialog>
    </>
  );
}

function NewCodes({ onClose }: { onClose: () => void }) {
  const text = useText();
  const renew = useSecurityChange((proof: string) => call(renewRecoveryCodes, { body: { proof } }));
  if (renew.data !== undefined) return <RecoveryCodes codes={renew.data.recoveryCodes} onDone={onClose} />;
  return (
    <ProofForm
      sentence={text.security.newRecoveryCodesHelp}
      action={text.security.newRecoveryCodes}
      mayBeCode
      isPending={renew.isPending}
      problem={renew.error}
      onSubmit={renew.mutate}
      onClose={onClose}
    />
  );
}

function TurnOff({ onClose }: { onClose: () => void }) {
  const text = useText();
  const showToast = useToast();
  const turnOff = useSecurityChange((proof: string) => call(turnOffSecondFactor, { body: { proof } }));
  const done = () => {
    showToast({ sentence: text.security.twoFactorIsOff });
    onClose();
  };
  return (
    <ProofForm
      sentence={text.security.turnOffHelp}
      action={text.security.turnOffTwoFactor}
      look="danger"
      mayBeCode
      isPending={turnOff.isPending}
      problem={turnOff.error}
      onSubmit={(proof) => turnOff.mutate(proof, { onSuccess: done })}
      onClose={onClose}
    />
  );
}
