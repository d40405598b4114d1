import { useEffect } from "react";
import { CopyButton } from "../../../ui/copy-button.tsx";
import { useLanguage, useText } from "../../../ui/i18n/language-provider.tsx";
import { Markdown } from "../../../ui/markdown/markdown.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import type { Release, UpgradeState } from "../contract.ts";
import { useMarkUpgradeSeen, useReleases, useUpgradeState } from "./use-upgrades.ts";

/** For admins: which version this is, how to go back from it, and what came with each. */
export function WhatsNewSettings() {
  const text = useText();
  const state = useUpgradeState();
  const releases = useReleases();
  useSeen(state.data);
  if (state.isPending || releases.isPending) return <Skeleton rows={6} rowClasses="h-8" />;
  if (state.data === undefined || releases.data === undefined) {
    const again = () => void Promise.all([state.refetch(), releases.refetch()]);
    return <ProblemNotice heading={text.upgrades.failed} problem={state.error ?? releases.error} onRetry={again} />;
  }
  return (
    <div className="flex flex-col gap-8">
      <Version state={state.data} />
      <WayBack state={state.data} />
      <Changes releases={releases.data.items} />
    </div>
  );
}

/** Whoever opens this page knows of the upgrade. */
function useSeen(state: UpgradeState | undefined) {
  const { mutate } = useMarkUpgradeSeen();
  const unseen = state?.last?.isSeen === false ? state.version : null;
  useEffect(() => {
    if (unseen !== null) mutate(unseen);
  }, [unseen, mutate]);
}

function Version({ state: { version, last } }: { state: UpgradeState }) {
  const { text, format } = useLanguage();
  return (
    <div className="flex flex-col gap-1">
      <p className="font-medium">{text.upgrades.running({ version })}</p>
      {last === null ? null : (
        <p className="text-text-2">{text.upgrades.last({ from: last.fromVersion, time: format.dateTime(last.at) })}</p>
      )}
    </div>
  );
}

function WayBack({ state: { version, last, wayBack } }: { state: UpgradeState }) {
  const { text, format } = useLanguage();
  if (wayBack === null && last === null) return null;
  return (
    <section className="flex flex-col gap-3">
      <h3 className="text-section font-semibold">{text.upgrades.goBack}</h3>
      {wayBack === null ? (
        <p>{text.upgrades.goBackWithout({ version: last?.fromVersion ?? version })}</p>
      ) : (
        <>
          <p>{text.upgrades.goBackHelp}</p>
          <div className="flex items-center gap-2 rounded-control border border-control ps-3">
            <code dir="ltr" className="code-text min-w-0 grow py-1 break-all">
              {wayBack.command}
            </code>
            <CopyButton label={text.upgrades.copyCommand} read={() => wayBack.command} />
          </div>
          <p className="text-text-2">
            {text.upgrades.goBackCost({ time: format.dateTime(wayBack.madeAt) })}{" "}
            {wayBack.fromVersion === version
              ? text.upgrades.thenBefore
              : text.upgrades.thenVersion({ version: wayBack.fromVersion })}
          </p>
        </>
      )}
    </section>
  );
}

function Changes({ releases }: { releases: readonly Release[] }) {
  const { text, language } = useLanguage();
  if (releases.length === 0) return <p className="text-text-2">{text.upgrades.none}</p>;
  return (
    <section className="flex flex-col gap-3">
      <h3 className="text-section font-semibold">{text.upgrades.changes}</h3>
      {language === "en" ? null : <p className="text-text-2">{text.upgrades.inEnglish}</p>}
      {releases.map(({ version, changes }, index) => (
        <details key={version} open={index === 0} className="border-b border-border pb-3 last:border-b-0">
          <summary className="w-fit rounded-control py-1 font-medium">{text.upgrades.version({ version })}</summary>
          <div lang="en" dir="ltr" className="dense-markdown pt-2">
            <Markdown source={changes.map((change) => `- ${change}`).join("\n")} isOpen={false} />
          </div>
        </details>
      ))}
    </section>
  );
}
