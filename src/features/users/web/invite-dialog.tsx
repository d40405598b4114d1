import { type FormEvent, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { Choice } from "../../../ui/choice.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { TextField } from "../../../ui/text-field.tsx";
import type { UserRole } from "../contract.ts";
import { invitationDays } from "../people-contract.ts";
import { grantableRoles } from "./grantable-roles.ts";
import { ShownLink } from "./shown-link.tsx";
import { useMe } from "./use-me.ts";
import { useCreateInvitation } from "./use-people.ts";

export function InviteDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const text = useText();
  return (
    <Dialog open={open} onClose={onClose} title={text.invitations.inviteTitle}>
      {open ? <InviteForm onClose={onClose} /> : null}
    </Dialog>
  );
}

type Days = `${(typeof invitationDays)[number]}`;

function InviteForm({ onClose }: { onClose: () => void }) {
  const text = useText();
  const me = useMe();
  const [role, setRole] = useState<UserRole>("member");
  const [days, setDays] = useState<Days>("7");
  const [note, setNote] = useState("");
  const create = useCreateInvitation();
  if (create.data !== undefined) {
    return <ShownLink url={create.data.url} until={create.data.invitation.expiresAt} onDone={onClose} />;
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate({ role, note, days: invitationDays.find((each) => String(each) === days) });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <p className="text-text-2">{text.invitations.inviteHelp}</p>
      {create.isError ? <ProblemNotice problem={create.error} /> : null}
      <TextField
        label={text.invitations.note}
        help={text.invitations.noteHelp}
        maxLength={200}
        autoComplete="off"
        value={note}
        onChange={(event) => setNote(event.target.value)}
      />
      <Choice<UserRole>
        label={text.people.role}
        help={text.people.roleHelp[role]}
        value={role}
        options={grantableRoles(me.role).map((value) => ({ value, label: text.people.roles[value] }))}
        onChange={setRole}
      />
      <Choice<Days>
        label={text.invitations.days}
        value={days}
        options={invitationDays.map((each) => ({ value: `${each}`, label: text.invitations.dayCount({ days: each }) }))}
        onChange={setDays}
      />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{text.common.cancel}</Button>
        <Button type="submit" look="primary" disabled={create.isPending}>
          {text.invitations.makeLink}
        </Button>
      </div>
    </form>
  );
}
