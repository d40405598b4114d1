import { Link, useParams } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { ApiKeysSettings } from "../features/api-keys/web/api-keys-settings.tsx";
import { EnginesSettings } from "../features/engines/web/engines-settings.tsx";
import { BackupsSettings } from "../features/backups/web/backups-settings.tsx";
import { WhatsNewSettings } from "../features/upgrades/web/whats-new-settings.tsx";
import { AppearanceSettings } from "../features/users/web/appearance-settings.tsx";
import { OrganisationSettings } from "../features/users/web/organisation-settings.tsx";
import { PeopleSettings } from "../features/users/web/people-settings.tsx";
import { PersonSettings } from "../features/users/web/person-settings.tsx";
import { ProfileSettings } from "../features/users/web/profile-settings.tsx";
import { SecuritySettings } from "../features/users/web/security-settings.tsx";
import { useMe } from "../features/users/web/use-me.ts";
import { buttonClasses } from "../ui/button.tsx";
import type { Catalogue } from "../ui/i18n/en.ts";
import { useText } from "../ui/i18n/language-provider.tsx";
import { Icon } from "../ui/icon.tsx";
import { PageTop } from "../ui/page-top.tsx";
import { SecureContextReason } from "../ui/secure-context.tsx";
import { isSettingsSection, type SettingsSection, settingsSectionsFor } from "./settings-sections.ts";
import { useHasRoomForList } from "./use-is-wide.ts";

/** Side navigation beside the form; on small windows first the list, then the page. */
export function SettingsPage() {
  const text = useText();
  const isWide = useHasRoomForList();
  const me = useMe();
  const { section, userId } = useParams({ strict: false });
  const named = userId === undefined ? section : "people";
  const chosen = isSettingsSection(named, me.role) ? named : isWide ? "profile" : null;
  return (
    <>
      <PageTop title={text.settings.title} />
      <div className="min-h-0 grow overflow-y-auto">
        <div className="flex gap-12 p-4 sm:px-8">
          {isWide || chosen === null ? <SectionList chosen={chosen} isWide={isWide} /> : null}
          {chosen === null ? null : (
            <section className="flex w-full max-w-form min-w-0 flex-col gap-6 pb-12">
              {isWide || userId !== undefined ? null : (
                <Link to="/settings" className={buttonClasses("quiet", "self-start")}>
                  <Icon of={ChevronLeft} className="rtl:rotate-180" />
                  {text.settings.title}
                </Link>
              )}
              <h2 className="text-title font-semibold">{titleOf(chosen, text)}</h2>
              {chosen === "people" && userId !== undefined ? <PersonSettings userId={userId} /> : contentOf(chosen)}
            </section>
          )}
        </div>
      </div>
    </>
  );
}

function SectionList({ chosen, isWide }: { chosen: SettingsSection | null; isWide: boolean }) {
  const text = useText();
  const me = useMe();
  return (
    <nav
      aria-label={text.settings.title}
      className={`flex flex-col gap-1 ${isWide ? "w-side-navigation shrink-0" : "w-full"}`}
    >
      {settingsSectionsFor(me.role).map((section) => (
        <Link
          key={section}
          to="/settings/$section"
          params={{ section }}
          aria-current={section === chosen ? "page" : undefined}
          className={`flex min-h-row items-center justify-between rounded-control px-3 py-1 text-interface hover:bg-hover ${section === chosen ? "bg-accent-soft" : ""}`}
        >
          {titleOf(section, text)}
          {isWide ? null : <Icon of={ChevronRight} className="text-text-3 rtl:rotate-180" />}
        </Link>
      ))}
    </nav>
  );
}

function titleOf(section: SettingsSection, text: Catalogue): string {
  const titles = {
    profile: text.settings.profile,
    appearance: text.settings.appearance,
    security: text.settings.security,
    "api-keys": text.settings.apiKeys,
    people: text.people.title,
    organisation: text.organisation.title,
    engines: text.engines.title,
    backups: text.backups.title,
    "whats-new": text.upgrades.title,
  };
  return titles[section];
}

function contentOf(section: SettingsSection): ReactNode {
  if (section === "profile") {
    return (
      <>
        <ProfileSettings />
        <SecureContextReason />
      </>
    );
  }
  if (section === "security") return <SecuritySettings />;
  if (section === "organisation") return <OrganisationSettings />;
  if (section === "people") return <PeopleSettings />;
  if (section === "engines") return <EnginesSettings />;
  if (section === "backups") return <BackupsSettings />;
  if (section === "whats-new") return <WhatsNewSettings />;
  return section === "appearance" ? <AppearanceSettings /> : <ApiKeysSettings />;
}
