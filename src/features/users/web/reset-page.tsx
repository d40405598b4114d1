import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { Button, buttonClasses } from "../../../ui/button.tsx";
import { call } from "../../../ui/call.ts";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { applyResetLink, lookAtResetLink } from "../people-contract.ts";
import { AccountCard } from "./account-card.tsx";
import { LinkProblem } from "./link-problem.tsx";
import { NewPasswordField } from "./new-password-field.tsx";
import { useLinkLook } from "./use-link-look.ts";
import { useLinkToken } from "./use-link-token.ts";

export function ResetPage() {
  const text = useText();
  const token = useLinkToken();
  const [isDone, setDone] = useState(false);
  const look = useLinkLook("reset-link", token, (signal) => call(lookAtResetLink, { body: { token }, signal }));
  if (isDone) {
    return (
      <AccountCard title={text.reset.title} sentence={text.reset.done}>
        <Link to="/sign-in" className={buttonClasses("primary")}>
          {text.invite.goToSignIn}
        </Link>
      </AccountCard>
    );
  }
  if (look.data !== undefined) {
    return (
      <AccountCard title={text.reset.title} sentence={text.reset.sentence(look.data)}>
        <PasswordForm token={token} email={look.data.email} onDone={() => setDone(true)} />
      </AccountCard>
    );
  }
  return (
    <AccountCard title={text.reset.title} sentence={token !== "" && look.isPending ? text.reset.looking : ""}>
      <LinkProblem
        heading={text.reset.failed}
        incomplete={token === "" ? text.reset.noToken : null}
        problem={look.error}
        onRetry={() => void look.refetch()}
      />
    </AccountCard>
  );
}

function PasswordForm({ token, email, onDone }: { token: string; email: string; onDone: () => void }) {
  const text = useText();
  const [password, setPassword] = useState("");
  const apply = useMutation({
    mutationFn: () => call(applyResetLink, { body: { token, password } }),
    onSuccess: onDone,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    apply.mutate();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {apply.isError ? <ProblemNotice heading={text.settings.saveFailed} problem={apply.error} /> : null}
      {/* For password managers, which keep the password under this name. */}
      <input type="email" autoComplete="username" value={email} readOnly hidden />
      <NewPasswordField
        label={text.reset.password}
        autoFocus
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
      <Button type="submit" look="primary" disabled={apply.isPending}>
        {text.reset.action}
      </Button>
    </form>
  );
}
