import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { TextField } from "../../../ui/text-field.tsx";
import type { User } from "../contract.ts";
import { NewPasswordField } from "./new-password-field.tsx";
import { meQuery } from "./use-me.ts";

export interface NewAccount {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

/** Whoever has made an account is signed in and goes on with the first steps. */
export function NewAccountForm({ create }: { create: (account: NewAccount) => Promise<User> }) {
  const text = useText();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [fields, setFields] = useState<NewAccount>({ name: "", email: "", password: "" });
  const { mutate, isPending, isError, error } = useMutation({
    mutationFn: () => create(fields),
    onSuccess: (user) => {
      client.setQueryData(meQuery.queryKey, user);
      void navigate({ to: "/welcome", replace: true });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    mutate();
  };
  const box = (field: keyof NewAccount) => ({
    name: field,
    required: true,
    value: fields[field],
    onChange: (event: { target: { value: string } }) => setFields({ ...fields, [field]: event.target.value }),
  });
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {isError ? <ProblemNotice problem={error} /> : null}
      <TextField label={text.setup.name} autoComplete="name" maxLength={100} autoFocus {...box("name")} />
      <TextField label={text.setup.email} type="email" autoComplete="username" {...box("email")} />
      <NewPasswordField label={text.setup.password} {...box("password")} />
      <Button type="submit" look="primary" disabled={isPending}>
        {text.setup.action}
      </Button>
    </form>
  );
}
