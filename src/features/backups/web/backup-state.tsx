import { Button } from "../../../ui/button.tsx";
import { useLanguage, useText } from "../../../ui/i18n/language-provider.tsx";
import type { Catalogue } from "../../../ui/i18n/en.ts";
import { Notice, ProblemNotice } from "../../../ui/notice.tsx";
import { describeCode } from "../../../ui/server-problem.ts";
import type { BackupProblem, BackupsState } from "../contract.ts";
import { useStartBackup } from "./use-backups.ts";

/** Whether backups are there and can be relied on, and making one now. */
export function BackupState({ state }: { state: BackupsState }) {
  const text = useText();
  const start = useStartBackup();
  const { running, problem, isSameDisk, lastBackup } = state;
  return (
    <div className="flex flex-col gap-4">
      <p className="text-text-2">{text.backups.sentence}</p>
      {problem === null ? null : <LastProblem problem={problem} />}
      <StateLines state={state} />
      {isSameDisk === true ? <Notice tone="warning">{text.backups.sameDisk}</Notice> : null}
      {isSameDisk === null && lastBackup !== null ? <Notice tone="warning">{text.backups.folderGone}</Notice> : null}
      {start.isError ? <ProblemNotice problem={start.error} /> : null}
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Button look="primary" disabled={running !== null || start.isPending} onClick={() => start.mutate()}>
          {text.backups.now}
        </Button>
        <p role="status" className="min-h-6 text-dense text-text-2">
          {running === null
            ? ""
            : text.backups.running({ phase: phaseOf(running.phase, text), percent: running.percent })}
        </p>
      </div>
    </div>
  );
}

function StateLines({ state }: { state: BackupsState }) {
  const { text, format } = useLanguage();
  const { lastBackup, lastDrill, nextAt } = state;
  return (
    <div className="flex flex-col gap-1">
      <p className="font-medium">
        {lastBackup === null
          ? text.backups.none
          : text.backups.last({ time: format.dateTime(lastBackup.at), bytes: lastBackup.bytes })}
      </p>
      <p>
        {lastDrill === null ? text.backups.noDrill : text.backups.lastDrill({ time: format.dateTime(lastDrill.at) })}
      </p>
      <p className="text-text-2">
        {nextAt === null ? text.backups.off : text.backups.next({ time: format.dateTime(nextAt) })}
      </p>
    </div>
  );
}

function LastProblem({ problem }: { problem: BackupProblem }) {
  const { text, format } = useLanguage();
  return (
    <div role="alert">
      <Notice tone="danger">
        <p className="font-medium">{problem.of === "drill" ? text.backups.drillFailed : text.backups.backupFailed}</p>
        <p className="wrap-anywhere">{describeCode(problem.code, problem.message, problem.details, text)}</p>
        <p className="text-dense">{format.dateTime(problem.at)}</p>
      </Notice>
    </div>
  );
}

function phaseOf(phase: NonNullable<BackupsState["running"]>["phase"], text: Catalogue): string {
  const phases = {
    starting: text.backups.phaseStarting,
    copying: text.backups.phaseCopying,
    checking: text.backups.phaseChecking,
    writing: text.backups.phaseWriting,
    restoring: text.backups.phaseRestoring,
    comparing: text.backups.phaseComparing,
  };
  return phases[phase];
}
