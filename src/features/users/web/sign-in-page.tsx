import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { call } from "../../../ui/call.ts";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { Notice, ProblemNotice } from "../../../ui/notice.tsx";
import { TextField } from "../../../ui/text-field.tsx";
import { signIn } from "../contract.ts";
import { AccountCard } from "./account-card.tsx";
import { meQuery, serverStateQuery } from "./use-me.ts";

export function SignInPage() {
  const text = useText();
  const { next, ended } = useSearch({ from: "/sign-in" });
  const serverState = useQuery(serverStateQuery);
  const form = useSignIn(next);
  const isUnclaimed = serverState.data?.ownerExists === false;
  return (
    <AccountCard title={text.signIn.title} sentence={text.signIn.sentence}>
      {isUnclaimed ? <Notice tone="neutral">{text.signIn.noOwner}</Notice> : null}
      {ended === true && !form.isError ? <Notice tone="neutral">{text.signIn.ended}</Notice> : null}
      <form onSubmit={form.submit} className="flex flex-col gap-4">
        {form.isError ? <ProblemNotice heading={text.signIn.failed} problem={form.error} /> : null}
        <TextField
          label={text.signIn.email}
          type="email"
          name="email"
          autoComplete="username"
          required
          autoFocus
          value={form.email}
          onChange={(event) => form.setEmail(event.target.value)}
        />
        <TextField
          label={text.signIn.password}
          type="password"
          name="password"
          autoComplete="current-password"
          required
          value={form.password}
          onChange={(event) => form.setPassword(event.target.value)}
        />
        <Button type="submit" look="primary" disabled={form.isPending}>
          {text.signIn.action}
        </Button>
      </form>
      <p className="text-dense text-text-2">{text.signIn.forgot}</p>
    </AccountCard>
  );
}

function useSignIn(next: string | undefined) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const { mutate, isPending, isError, error } = useMutation({
    mutationFn: () => call(signIn, { body: { email, password } }),
    onSuccess: (user) => {
      client.setQueryData(meQuery.queryKey, user);
      void navigate({ href: innerAddress(next), replace: true });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    mutate();
  };
  return { email, setEmail, password, setPassword, isPending, isError, error, submit };
}

/** Only a path of this app: a link must not lead elsewhere after signing in. */
function innerAddress(next: string | undefined): string {
  return next !== undefined && /^\/(?![/\\])/.test(next) ? next : "/";
}
