import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { call } from "../../../ui/call.ts";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { Notice, ProblemNotice } from "../../../ui/notice.tsx";
import { TextField } from "../../../ui/text-field.tsx";
import { signIn, type User } from "../contract.ts";
import { AccountCard } from "./account-card.tsx";
import { PasskeySignIn } from "./passkey-sign-in.tsx";
import { SecondStep } from "./second-step.tsx";
import { meQuery, serverStateQuery } from "./use-me.ts";

export function SignInPage() {
  const text = useText();
  const enter = useEnter();
  const [isSecondStep, setIsSecondStep] = useState(false);
  const [expired, setExpired] = useState<unknown>(null);
  if (isSecondStep) {
    const goBack = (problem: unknown) => {
      setExpired(problem);
      setIsSecondStep(false);
    };
    return (
      <AccountCard title={text.secondStep.title} sentence={text.secondStep.sentence}>
        <SecondStep onEnter={enter} onBack={goBack} />
      </AccountCard>
    );
  }
  return (
    <AccountCard title={text.signIn.title} sentence={text.signIn.sentence}>
      <PasswordStep expired={expired} onEnter={enter} onSecondStep={() => setIsSecondStep(true)} />
      <PasskeySignIn onEnter={enter} />
      <p className="text-dense text-text-2">{text.signIn.forgot}</p>
    </AccountCard>
  );
}

interface Props {
  /** Why the second step led back here. */
  readonly expired: unknown;
  readonly onEnter: (user: User) => void;
  readonly onSecondStep: () => void;
}

function PasswordStep({ expired, onEnter, onSecondStep }: Props) {
  const text = useText();
  const { ended } = useSearch({ from: "/sign-in" });
  const serverState = useQuery(serverStateQuery);
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const form = useMutation({
    mutationFn: () => call(signIn, { body: { email, password } }),
    onSuccess: (answer) => ("isSecondStepNeeded" in answer ? onSecondStep() : onEnter(answer)),
  });
  const problem = form.error ?? (form.isIdle ? expired : null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    form.mutate();
  };
  return (
    <>
      {serverState.data?.ownerExists === false ? <Notice tone="neutral">{text.signIn.noOwner}</Notice> : null}
      {ended === true && !problem ? <Notice tone="neutral">{text.signIn.ended}</Notice> : null}
      <form onSubmit={submit} className="flex flex-col gap-4">
        {problem ? <ProblemNotice heading={text.signIn.failed} problem={problem} /> : null}
        <TextField
          label={text.signIn.email}
          type="email"
          name="email"
          autoComplete="username"
          required
          autoFocus
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <TextField
          label={text.signIn.password}
          type="password"
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <Button type="submit" look="primary" disabled={form.isPending}>
          {text.signIn.action}
        </Button>
      </form>
    </>
  );
}

/** Goes where the person wanted to go. */
function useEnter(): (user: User) => void {
  const { next } = useSearch({ from: "/sign-in" });
  const client = useQueryClient();
  const navigate = useNavigate();
  return (user) => {
    client.setQueryData(meQuery.queryKey, user);
    void navigate({ href: innerAddress(next), replace: true });
  };
}

/** Only a path of this app: a link must not lead elsewhere after signing in. */
function innerAddress(next: string | undefined): string {
  return next !== undefined && /^\/(?![/\\])/.test(next) ? next : "/";
}
