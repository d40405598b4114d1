import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { useMe } from "../../users/web/use-me.ts";
import { useMarkUpgradeSeen, useUpgradeState } from "./use-upgrades.ts";

/** Above the page, for admins, until one of them has looked at what is new or has put it away. */
export function UpgradeNotice() {
  const text = useText();
  const state = useUpgradeState({ enabled: useMe().role !== "member" }).data;
  const mark = useMarkUpgradeSeen();
  if (state === undefined || state.last === null || state.last.isSeen) return null;
  const { version, last } = state;
  return (
    <section aria-label={text.upgrades.title} className="px-2 pt-2 sm:px-4">
      <Notice
        tone="neutral"
        action={<IconButton icon={X} label={text.common.close} onClick={() => mark.mutate(version)} />}
      >
        <p>
          {text.upgrades.notice({ from: last.fromVersion, to: version })}{" "}
          <Link
            to="/settings/$section"
            params={{ section: "whats-new" }}
            className="rounded-control text-accent underline underline-offset-4"
          >
            {text.upgrades.title}
          </Link>
        </p>
      </Notice>
    </section>
  );
}
