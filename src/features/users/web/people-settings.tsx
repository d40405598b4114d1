import { Link } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { useLanguage, useText } from "../../../ui/i18n/language-provider.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { TextField } from "../../../ui/text-field.tsx";
import type { Person } from "../people-contract.ts";
import { InvitationList } from "./invitation-list.tsx";
import { InviteDialog } from "./invite-dialog.tsx";
import { useMe } from "./use-me.ts";
import { usePeople } from "./use-people.ts";

/** Fewer are seen at one glance. */
const searchFrom = 8;

export function PeopleSettings() {
  const text = useText();
  const [isInviting, setInviting] = useState(false);
  return (
    <div className="flex flex-col gap-6">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-text-2">{text.people.sentence}</p>
        <Button look="primary" onClick={() => setInviting(true)}>
          {text.invitations.invite}
        </Button>
      </div>
      <PeopleList />
      <section className="flex flex-col gap-3">
        <h3 className="text-section font-semibold">{text.invitations.title}</h3>
        <InvitationList />
      </section>
      <InviteDialog open={isInviting} onClose={() => setInviting(false)} />
    </div>
  );
}

function PeopleList() {
  const text = useText();
  const [typed, setTyped] = useState("");
  const search = useDeferredValue(typed.trim());
  const people = usePeople(search);
  if (people.isPending) return <Skeleton rows={5} rowClasses="h-12" />;
  if (people.data === undefined) {
    return <ProblemNotice heading={text.people.failed} problem={people.error} onRetry={() => void people.refetch()} />;
  }
  const items = people.data.pages.flatMap((page) => page.items);
  const isLong = typed !== "" || items.length >= searchFrom;
  return (
    <div className="flex flex-col gap-3">
      {isLong ? (
        <TextField
          label={text.people.search}
          type="search"
          autoComplete="off"
          maxLength={100}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      ) : null}
      {items.length === 0 ? <p role="status">{text.people.nobodyFound}</p> : null}
      <ul className="flex flex-col border-t border-border">
        {items.map((person) => (
          <PersonRow key={person.id} person={person} />
        ))}
      </ul>
      {people.hasNextPage ? (
        <Button className="self-start" disabled={people.isFetchingNextPage} onClick={() => void people.fetchNextPage()}>
          {text.common.more}
        </Button>
      ) : null}
    </div>
  );
}

function PersonRow({ person }: { person: Person }) {
  const { text, format } = useLanguage();
  const me = useMe();
  const seen = person.lastSeenAt === null ? text.people.never : format.dateTime(person.lastSeenAt);
  return (
    <li className="border-b border-border">
      <Link
        to="/settings/people/$userId"
        params={{ userId: person.id }}
        className="flex items-center gap-3 rounded-control px-1 py-3 hover:bg-hover"
      >
        <span className="flex min-w-0 grow flex-col gap-1">
          <span className="flex flex-wrap items-baseline gap-x-2">
            <bdi className={`font-medium wrap-anywhere ${person.state === "active" ? "" : "text-text-2"}`}>
              {person.name}
            </bdi>
            {person.id === me.id ? <span className="text-dense text-text-2">({text.people.you})</span> : null}
            {person.state === "active" ? null : (
              <span className="text-dense text-warning">{text.people.states[person.state]}</span>
            )}
          </span>
          <span dir="ltr" className="text-start text-dense wrap-anywhere text-text-2">
            {person.email}
          </span>
          <span className="flex flex-wrap gap-x-4 text-dense text-text-2">
            <span>{text.people.roles[person.role]}</span>
            <span>{text.people.twoFactor[person.hasTwoFactor ? "on" : "off"]}</span>
            <span>
              {text.people.lastSeen}: {seen}
            </span>
          </span>
        </span>
        <Icon of={ChevronRight} className="shrink-0 text-text-3 rtl:rotate-180" />
      </Link>
    </li>
  );
}
