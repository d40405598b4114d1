import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { buttonClasses } from "../../../ui/button.tsx";
import { call } from "../../../ui/call.ts";
import { useLanguage } from "../../../ui/i18n/language-provider.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { claimServer } from "../contract.ts";
import { AccountCard } from "./account-card.tsx";
import { NewAccountForm } from "./new-account-form.tsx";
import { serverStateQuery } from "./use-me.ts";
import { useLinkToken } from "./use-link-token.ts";

export function SetupPage() {
  const { text, language } = useLanguage();
  const token = useLinkToken();
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
      {token === "" ? (
        <Notice tone="warning">{text.setup.noToken}</Notice>
      ) : (
        <NewAccountForm create={(account) => call(claimServer, { body: { token, ...account, language } })} />
      )}
    </AccountCard>
  );
}
