import { migrate } from "../platform/database/migrate.ts";
import type { Database } from "../platform/database/command.ts";
import { openInlineDatabase } from "../platform/database/inline-database.ts";
import { openThreadedDatabase } from "../platform/database/threaded-database.ts";

export interface DatabaseParts {
  readonly file: string;
  readonly workerEntry: URL;
  readonly now: number;
  readonly onCrash: (error: Error) => void;
}

/** Brings the file to this version's schema in one transaction, then hands it to the threads. */
export async function openDatabase({ file, workerEntry, now, onCrash }: DatabaseParts): Promise<Database> {
  const inline = openInlineDatabase(file);
  try {
    await inline.run(migrate, { now });
  } finally {
    await inline.close();
  }
  return openThreadedDatabase({ file, workerEntry, onCrash });
}
