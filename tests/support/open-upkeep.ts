// What the server does by itself at night, in one process: the backup's own process is none of its own here, so that a
// test can end all of it at once.
import { backUpDataFolder } from "../../src/platform/backup/back-up-data-folder.ts";
import { drillRestore } from "../../src/platform/backup/drill-restore.ts";
import type { Clock } from "../../src/platform/clock.ts";
import type { Database } from "../../src/platform/database/command.ts";
import { createOpenCalls } from "../../src/platform/http/open-calls.ts";
import type { Logger } from "../../src/platform/logger.ts";
import { openSecrets } from "../../src/platform/secrets/open-secrets.ts";
import { type Backups, createBackups } from "../../src/features/backups/server/backups.ts";
import { purgeChatsOfPerson } from "../../src/features/chats/server/chats.ts";
import { createPeople, type People } from "../../src/features/users/server/people.ts";

export interface UpkeepParts {
  readonly db: Database;
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly logger: Pick<Logger, "info" | "warn" | "error">;
}

export async function openUpkeep(parts: UpkeepParts): Promise<{ readonly backups: Backups; readonly people: People }> {
  const { db } = parts;
  return {
    backups: createBackups({
      ...parts,
      secrets: await openSecrets(parts),
      version: "0.2.0",
      freeBytesOf: () => 1e12,
      runJob: async ({ kind, ...job }, options) =>
        kind === "drill"
          ? drillRestore({ ...job, ...options, readBack: async () => {} })
          : backUpDataFolder({ ...job, ...options }),
    }),
    people: createPeople({
      ...parts,
      openCalls: createOpenCalls(),
      things: {
        stop: async () => {},
        purge: (person) => purgeChatsOfPerson({ database: db, states: { forgetSaved: async () => {} } }, person),
      },
    }),
  };
}
