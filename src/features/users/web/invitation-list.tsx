import { Button } from "../../../ui/button.tsx";
import { useLanguage, useText } from "../../../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { useToast } from "../../../ui/toast.tsx";
import type { Invitation } from "../people-contract.ts";
import { grantableRoles } from "./grantable-roles.ts";
import { useMe } from "./use-me.ts";
import { useInvitations, useWithdrawInvitation } from "./use-people.ts";

export function InvitationList() {
  const text = useText();
  const invitations = useInvitations();
  if (invitations.isPending) return <Skeleton rows={2} rowClasses="h-12" />;
  if (invitations.data === undefined) {
    const retry = () => void invitations.refetch();
    return <ProblemNotice heading={text.invitations.failed} problem={invitations.error} onRetry={retry} />;
  }
  const items = invitations.data.pages.flatMap((page) => page.items);
  if (items.length === 0) return <p className="text-text-2">{text.invitations.empty}</p>;
  return (
    <>
      <ul className="flex flex-col border-t border-border">
        {items.map((invitation) => (
          <InvitationRow key={invitation.id} invitation={invitation} />
        ))}
      </ul>
      {invitations.hasNextPage ? (
        <Button
          className="self-start"
          disabled={invitations.isFetchingNextPage}
          onClick={() => void invitations.fetchNextPage()}
        >
          {text.common.more}
        </Button>
      ) : null}
    </>
  );
}

function InvitationRow({ invitation }: { invitation: Invitation }) {
  const { text } = useLanguage();
  const me = useMe();
  const showToast = useToast();
  const withdraw = useWithdrawInvitation();
  const name = invitation.note === "" ? text.invitations.unnamed : invitation.note;
  const mayWithdraw = invitation.state !== "accepted" && grantableRoles(me.role).includes(invitation.role);
  const end = () =>
    withdraw.mutate(invitation.id, { onSuccess: () => showToast({ sentence: text.invitations.withdrawn }) });
  return (
    <li className="flex flex-col gap-2 border-b border-border py-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="min-w-0 grow basis-48">
          <p dir="auto" className={`wrap-anywhere ${invitation.note === "" ? "text-text-2" : "font-medium"}`}>
            {name}
          </p>
          <p className="flex flex-wrap gap-x-4 text-dense text-text-2">
            <span>{text.people.roles[invitation.role]}</span>
            <span>{stateOf(invitation, text.invitations)}</span>
            {invitation.invitedBy === null ? null : <span>{text.invitations.by({ name: invitation.invitedBy })}</span>}
          </p>
        </div>
        {mayWithdraw ? (
          <Button
            aria-label={text.invitations.withdrawNamed({ note: name })}
            disabled={withdraw.isPending}
            onClick={end}
          >
            {text.invitations.withdraw}
          </Button>
        ) : null}
      </div>
      {withdraw.isError ? <ProblemNotice problem={withdraw.error} /> : null}
    </li>
  );
}

function stateOf(
  { state, expiresAt, acceptedBy }: Invitation,
  text: ReturnType<typeof useText>["invitations"],
): string {
  if (state === "open") return text.open({ until: expiresAt });
  return state === "accepted" ? text.accepted({ name: acceptedBy?.name ?? "" }) : text.expired;
}
