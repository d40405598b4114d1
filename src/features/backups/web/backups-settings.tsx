import { useText } from "../../../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { BackupList } from "./backup-list.tsx";
import { BackupPassphrase } from "./backup-passphrase.tsx";
import { BackupScheduleForm } from "./backup-schedule-form.tsx";
import { BackupState } from "./backup-state.tsx";
import { useBackups } from "./use-backups.ts";

/** For admins: whether all is well comes first, then what can be changed, then the files. */
export function BackupsSettings() {
  const text = useText();
  const backups = useBackups();
  if (backups.isPending) return <Skeleton rows={5} rowClasses="h-12" />;
  if (backups.data === undefined) {
    return (
      <ProblemNotice heading={text.backups.failed} problem={backups.error} onRetry={() => void backups.refetch()} />
    );
  }
  return (
    <div className="flex flex-col gap-8">
      <BackupState state={backups.data} />
      <BackupScheduleForm state={backups.data} />
      <BackupPassphrase hasPassphrase={backups.data.hasPassphrase} />
      <BackupList files={backups.data.files} />
    </div>
  );
}
