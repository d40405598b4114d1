import { Link } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Button, buttonClasses } from "../../../ui/button.tsx";
import { Choice } from "../../../ui/choice.tsx";
import { useLanguage, useText } from "../../../ui/i18n/language-provider.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { Notice, ProblemNotice } from "../../../ui/notice.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import type { User, UserRole } from "../contract.ts";
import type { Person } from "../people-contract.ts";
import { grantableRoles } from "./grantable-roles.ts";
import { LostPhone } from "./lost-phone.tsx";
import { RemovePersonDialog } from "./remove-person-dialog.tsx";
import { RemovedPerson } from "./removed-person.tsx";
import { ShownLink } from "./shown-link.tsx";
import { useMe } from "./use-me.ts";
import { useChangePerson, useCreateResetLink, usePerson } from "./use-people.ts";

/** One person, with everything that an admin may do about them. */
export function PersonSettings({ userId }: { userId: string }) {
  const text = useText();
  const person = usePerson(userId);
  return (
    <div className="flex flex-col gap-6">
      <Link to="/settings/$section" params={{ section: "people" }} className={buttonClasses("quiet", "self-start")}>
        <Icon of={ChevronLeft} className="rtl:rotate-180" />
        {text.people.all}
      </Link>
      {person.isPending ? <Skeleton rows={4} rowClasses="h-12" /> : null}
      {person.isError ? <ProblemNotice problem={person.error} onRetry={() => void person.refetch()} /> : null}
      {person.data === undefined ? null : <Details key={person.data.id} person={person.data} />}
    </div>
  );
}

function Details({ person }: { person: Person }) {
  const { text, format } = useLanguage();
  const me = useMe();
  const facts = [
    { label: text.people.email, value: <span dir="ltr">{person.email}</span> },
    ...(mayChangeRole(me, person) ? [] : [{ label: text.people.role, value: text.people.roles[person.role] }]),
    { label: text.people.state, value: text.people.states[person.state] },
    { label: text.security.twoFactor, value: text.people.twoFactorState[person.hasTwoFactor ? "on" : "off"] },
    { label: text.people.since, value: format.date(person.createdAt) },
    {
      label: text.people.lastSeen,
      value: person.lastSeenAt === null ? text.people.never : format.dateTime(person.lastSeenAt),
    },
  ];
  return (
    <>
      <h3 dir="auto" className="text-section font-semibold wrap-anywhere">
        {person.name}
      </h3>
      <dl className="flex flex-col gap-2 text-interface">
        {facts.map(({ label, value }) => (
          <div key={label} className="grid grid-cols-3 gap-4">
            <dt className="text-text-2">{label}</dt>
            <dd className="col-span-2 wrap-anywhere">{value}</dd>
          </div>
        ))}
      </dl>
      <Actions person={person} />
    </>
  );
}

function mayChangeRole(me: User, person: Person): boolean {
  return me.role === "owner" && person.id !== me.id && person.state !== "removed";
}

function Actions({ person }: { person: Person }) {
  const text = useText();
  const me = useMe();
  if (person.id === me.id) return <Notice tone="neutral">{text.people.ownAccount}</Notice>;
  if (!grantableRoles(me.role).includes(person.role)) return <Notice tone="neutral">{text.people.ownersOnly}</Notice>;
  if (person.state === "removed") return <RemovedPerson person={person} />;
  return (
    <>
      {mayChangeRole(me, person) ? <RoleChoice person={person} /> : null}
      {person.state === "active" ? <ResetLink person={person} /> : null}
      <Act help={text.people.lostPhone}>
        <LostPhone person={person} />
      </Act>
      <Enabling person={person} />
      <Removing person={person} />
    </>
  );
}

function RoleChoice({ person }: { person: Person }) {
  const text = useText();
  const change = useChangePerson(person.id);
  const shown = change.isPending ? (change.variables.role ?? person.role) : person.role;
  return (
    <div className="flex flex-col gap-2">
      <Choice<UserRole>
        label={text.people.role}
        help={text.people.roleHelp[shown]}
        value={shown}
        options={grantableRoles("owner").map((value) => ({ value, label: text.people.roles[value] }))}
        onChange={(role) => change.mutate({ role })}
      />
      {change.isError ? <ProblemNotice heading={text.settings.saveFailed} problem={change.error} /> : null}
      <p role="status" className="min-h-6 text-dense text-success">
        {change.isSuccess ? text.common.saved : ""}
      </p>
    </div>
  );
}

function Act({ help, problem, children }: { help: string; problem?: unknown; children: ReactNode }) {
  return (
    <div className="flex flex-col items-start gap-2 border-t border-border pt-4">
      <p className="text-dense text-text-2">{help}</p>
      {problem ? <ProblemNotice problem={problem} /> : null}
      {children}
    </div>
  );
}

function ResetLink({ person }: { person: Person }) {
  const text = useText();
  const create = useCreateResetLink(person.id);
  return (
    <Act help={text.people.resetLinkHelp} problem={create.error}>
      {create.data === undefined ? (
        <Button disabled={create.isPending} onClick={() => create.mutate()}>
          {text.people.resetLink}
        </Button>
      ) : (
        <ShownLink url={create.data.url} until={create.data.expiresAt} onDone={create.reset} />
      )}
    </Act>
  );
}

function Enabling({ person }: { person: Person }) {
  const text = useText();
  const change = useChangePerson(person.id);
  const isDisabled = person.state === "disabled";
  return (
    <Act help={text.people.disableHelp} problem={change.error}>
      <Button disabled={change.isPending} onClick={() => change.mutate({ disabled: !isDisabled })}>
        {isDisabled ? text.people.enable : text.people.disable}
      </Button>
    </Act>
  );
}

function Removing({ person }: { person: Person }) {
  const text = useText();
  const [isOpen, setOpen] = useState(false);
  return (
    <Act help={text.people.removeHelp}>
      <Button look="danger" onClick={() => setOpen(true)}>
        {text.people.remove}
      </Button>
      <RemovePersonDialog person={person} open={isOpen} onClose={() => setOpen(false)} />
    </Act>
  );
}
