import { useMutation } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { Button } from "../../../ui/button.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import type { User } from "../contract.ts";
import { findPasskeyObstacle } from "./passkey-obstacle.tsx";
import { enterWithPasskey } from "./use-passkey.ts";

/** Beside the password; nothing where no passkey can work. */
export function PasskeySignIn({ onEnter }: { onEnter: (user: User) => void }) {
  const text = useText();
  const enter = useMutation({ mutationFn: enterWithPasskey, onSuccess: onEnter });
  if (findPasskeyObstacle() !== null) return null;
  return (
    <div className="flex flex-col gap-4">
      {enter.isError ? <ProblemNotice heading={text.signIn.failed} problem={enter.error} /> : null}
      <Button disabled={enter.isPending} onClick={() => enter.mutate()}>
        <Icon of={KeyRound} />
        {text.signIn.withPasskey}
      </Button>
    </div>
  );
}
