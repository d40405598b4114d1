import { type FormEvent, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { call } from "../../../ui/call.ts";
import { Dialog } from "../../../ui/dialog.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { TextField } from "../../../ui/text-field.tsx";
import { useToast } from "../../../ui/toast.tsx";
import { changePassword } from "../sign-in-contract.ts";
import { NewPasswordField } from "./new-password-field.tsx";
import { SettingPart } from "./setting-part.tsx";
import { useMe } from "./use-me.ts";
import { useSecurityChange } from "./use-security.ts";

export function PasswordSettings() {
  const text = useText();
  const [isOpen, setOpen] = useState(false);
  return (
    <SettingPart title={text.security.password} sentence={text.security.passwordSentence}>
      <Button className="self-start" onClick={() => setOpen(true)}>
        {text.security.changePassword}
      </Button>
      <Dialog open={isOpen} onClose={() => setOpen(false)} title={text.security.changePassword}>
        <PasswordForm onClose={() => setOpen(false)} />
      </Dialog>
    </SettingPart>
  );
}

function PasswordForm({ onClose }: { onClose: () => void }) {
  const text = useText();
  const me = useMe();
  const showToast = useToast();
  const [currentPassword, setCurrentPassword] = useState("");
  const [newPassword, setNewPassword] = useState("");
  const change = useSecurityChange(() => call(changePassword, { body: { currentPassword, newPassword } }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(undefined, {
      onSuccess: () => {
        showToast({ sentence: text.security.passwordChanged });
        onClose();
      },
    });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <p className="text-text-2">{text.security.changePasswordHelp}</p>
      {change.isError ? <ProblemNotice heading={text.settings.saveFailed} problem={change.error} /> : null}
      {/* Password managers file the new password under this. */}
      <input type="email" autoComplete="username" value={me.email} readOnly hidden />
      <TextField
        label={text.security.currentPassword}
        type="password"
        autoComplete="current-password"
        required
        value={currentPassword}
        onChange={(event) => setCurrentPassword(event.target.value)}
      />
      <NewPasswordField
        label={text.security.newPassword}
        value={newPassword}
        onChange={(event) => setNewPassword(event.target.value)}
      />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{text.common.cancel}</Button>
        <Button type="submit" look="primary" disabled={change.isPending}>
          {text.security.changePassword}
        </Button>
      </div>
    </form>
  );
}
