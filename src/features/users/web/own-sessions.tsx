import { useQuery } from "@tanstack/react-query";
import { Button } from "../../../ui/button.tsx";
import { call } from "../../../ui/call.ts";
import { useLanguage, useText } from "../../../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { useToast } from "../../../ui/toast.tsx";
import { endOtherSessions, endSession, type Session } from "../sign-in-contract.ts";
import { useSignOut } from "./use-me.ts";
import { SettingPart } from "./setting-part.tsx";
import { sessionsQuery, useSecurityChange } from "./use-security.ts";

export function OwnSessions() {
  const text = useText();
  return (
    <SettingPart title={text.security.sessions} sentence={text.security.sessionsSentence}>
      <SessionList />
    </SettingPart>
  );
}

function SessionList() {
  const text = useText();
  const showToast = useToast();
  const sessions = useQuery(sessionsQuery);
  const endOne = useSecurityChange((sessionId: string) => call(endSession, { params: { sessionId } }));
  const endOthers = useSecurityChange(() => call(endOtherSessions));
  const signOut = useSignOut();
  const isEndingMany = endOthers.isPending || signOut.isPending;
  const problem = endOne.error ?? endOthers.error ?? signOut.error;
  if (sessions.isPending) return <Skeleton rows={2} rowClasses="h-12" />;
  if (sessions.data === undefined) {
    const retry = () => void sessions.refetch();
    return <ProblemNotice heading={text.security.sessionsFailed} problem={sessions.error} onRetry={retry} />;
  }
  const { items } = sessions.data;
  return (
    <>
      {problem === null ? null : <ProblemNotice heading={text.settings.saveFailed} problem={problem} />}
      <ul className="flex flex-col border-t border-border">
        {items.map((session) => (
          <SessionRow
            key={session.id}
            session={session}
            isEnding={endOne.isPending && endOne.variables === session.id}
            onEnd={() => endOne.mutate(session.id, { onSuccess: () => showToast({ sentence: text.security.ended }) })}
          />
        ))}
      </ul>
      <div className="flex flex-wrap gap-2">
        {items.length > 1 ? (
          <Button
            disabled={isEndingMany}
            onClick={() =>
              endOthers.mutate(undefined, { onSuccess: () => showToast({ sentence: text.security.othersEnded }) })
            }
          >
            {text.security.endOthers}
          </Button>
        ) : null}
        <Button
          disabled={isEndingMany}
          onClick={() => endOthers.mutate(undefined, { onSuccess: () => signOut.mutate() })}
        >
          {text.security.endAll}
        </Button>
      </div>
    </>
  );
}

function SessionRow({ session, isEnding, onEnd }: { session: Session; isEnding: boolean; onEnd: () => void }) {
  const { text, format } = useLanguage();
  const name = text.security.device({
    browser: session.browser ?? text.security.unknownBrowser,
    system: session.system ?? text.security.unknownSystem,
  });
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-border py-3">
      <div className="min-w-0 grow basis-48">
        <p className="font-medium">{name}</p>
        <p className="text-dense text-text-2">
          {session.isThisOne
            ? text.security.thisOne
            : text.security.lastSeen({ time: format.dateTime(session.lastSeenAt) })}
        </p>
      </div>
      {session.isThisOne ? null : (
        <Button disabled={isEnding} aria-label={text.security.endNamed({ name })} onClick={onEnd}>
          {text.security.end}
        </Button>
      )}
    </li>
  );
}
