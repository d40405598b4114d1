import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { Button, buttonClasses } from "../../../ui/button.tsx";
import { call } from "../../../ui/call.ts";
import { useLanguage } from "../../../ui/i18n/language-provider.tsx";
import { Notice, ProblemNotice } from "../../../ui/notice.tsx";
import { TextField } from "../../../ui/text-field.tsx";
import { claimServer, minPasswordCharacters } from "../contract.ts";
import { AccountCard } from "./account-card.tsx";
import { meQuery, serverStateQuery } from "./use-me.ts";

/** The token is in the fragment, which browsers never send: it stays out of every log. */
export function SetupPage() {
  const { text } = useLanguage();
  const [token] = useState(() => new URLSearchParams(location.hash.slice(1)).get("token") ?? "");
  const serverState = useQuery(serverStateQuery);
  if (serverState.data?.ownerExists === true) {
    return (
      <AccountCard title={text.setup.title} sentence={text.setup.done}>
        <Link to="/sign-in" className={buttonClasses("primary")}>
          {text.setup.goToSignIn}
        </Link>
      </AccountCard>
    );
  }
  return (
    <AccountCard title={text.setup.title} sentence={text.setup.sentence}>
      {token === "" ? <Notice tone="warning">{text.setup.noToken}</Notice> : <ClaimForm token={token} />}
    </AccountCard>
  );
}

function ClaimForm({ token }: { token: string }) {
  const { text, language } = useLanguage();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [fields, setFields] = useState({ name: "", email: "", password: "" });
  const claim = useMutation({
    mutationFn: () => call(claimServer, { body: { token, ...fields, language } }),
    onSuccess: (user) => {
      client.setQueryData(meQuery.queryKey, user);
      void navigate({ to: "/welcome", replace: true });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    claim.mutate();
  };
  const box = (field: keyof typeof fields) => ({
    name: field,
    required: true,
    value: fields[field],
    onChange: (event: { target: { value: string } }) => setFields({ ...fields, [field]: event.target.value }),
  });
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {claim.isError ? <ProblemNotice problem={claim.error} /> : null}
      <TextField label={text.setup.name} autoComplete="name" maxLength={100} autoFocus {...box("name")} />
      <TextField label={text.setup.email} type="email" autoComplete="username" {...box("email")} />
      <TextField
        label={text.setup.password}
        help={text.setup.passwordHelp({ characters: minPasswordCharacters })}
        type="password"
        autoComplete="new-password"
        minLength={minPasswordCharacters}
        {...box("password")}
      />
      <Button type="submit" look="primary" disabled={claim.isPending}>
        {text.setup.action}
      </Button>
    </form>
  );
}
