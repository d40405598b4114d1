import { call } from "../../../ui/call.ts";
import { useLanguage } from "../../../ui/i18n/language-provider.tsx";
import { acceptInvitation, lookAtInvitation } from "../people-contract.ts";
import { AccountCard } from "./account-card.tsx";
import { LinkProblem } from "./link-problem.tsx";
import { NewAccountForm } from "./new-account-form.tsx";
import { useLinkLook } from "./use-link-look.ts";
import { useLinkToken } from "./use-link-token.ts";

export function InvitePage() {
  const { text, language } = useLanguage();
  const token = useLinkToken();
  const look = useLinkLook("invitation", token, (signal) => call(lookAtInvitation, { body: { token }, signal }));
  if (look.data !== undefined) {
    const { invitedBy: by, organisation, role } = look.data;
    const sentence = text.invite.sentence({ by, organisation, role: text.people.roles[role] });
    return (
      <AccountCard title={text.invite.title} sentence={sentence}>
        <NewAccountForm create={(account) => call(acceptInvitation, { body: { token, ...account, language } })} />
      </AccountCard>
    );
  }
  return (
    <AccountCard title={text.invite.title} sentence={token !== "" && look.isPending ? text.invite.looking : ""}>
      <LinkProblem
        heading={text.invite.failed}
        incomplete={token === "" ? text.invite.noToken : null}
        problem={look.error}
        onRetry={() => void look.refetch()}
      />
    </AccountCard>
  );
}
