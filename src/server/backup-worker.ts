// The process that makes one backup, or restores one as a trial and reads people and one of their chats back with the
// product's own rules.
import type { BackupJob } from "../features/backups/server/backup-job.ts";
import { readBackChat } from "../features/chats/server/read-back.ts";
import { createPasswords } from "../features/users/server/password.ts";
import { createPeople } from "../features/users/server/people.ts";
import { ensureOrganisation } from "../features/users/server/users.ts";
import { serveBackground } from "../platform/background/background-process.ts";
import { backUpDataFolder, type BackupProgress } from "../platform/backup/back-up-data-folder.ts";
import { drillRestore } from "../platform/backup/drill-restore.ts";
import type { Database } from "../platform/database/command.ts";
import { createOpenCalls } from "../platform/http/open-calls.ts";

serveBackground(async ({ kind, ...job }: BackupJob, onProgress: (progress: BackupProgress) => void) => {
  if (kind === "drill") {
    return drillRestore({ ...job, readBack, onProgress });
  }
  return backUpDataFolder({ ...job, onProgress });
});

async function readBack(db: Database): Promise<void> {
  const organisationId = await ensureOrganisation({ db, clock: Date.now });
  const things = { stop: async () => {}, purge: async () => {} };
  const accounts = { db, clock: Date.now, passwords: createPasswords(), openCalls: createOpenCalls() };
  const { items } = await createPeople({ ...accounts, things }).list(organisationId);
  for (const { id: userId, role } of items) {
    if (await readBackChat(db, { userId, organisationId, role })) {
      return;
    }
  }
}
