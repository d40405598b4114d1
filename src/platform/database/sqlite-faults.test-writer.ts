// Writes until it is killed and says after each acknowledged write that it was; started by sqlite-faults.test.ts.
import { randomUUID } from "node:crypto";
import { insertOrganisation } from "./sqlite-faults.test-commands.ts";
import { openThreadedDatabase } from "./threaded-database.ts";

const database = openThreadedDatabase({
  file: process.argv[2] ?? "",
  workerEntry: new URL("./sqlite-faults.test-worker.ts", import.meta.url),
  onCrash: () => process.exit(1),
});

async function write(): Promise<void> {
  while (process.connected) {
    await database.run(insertOrganisation, { id: randomUUID() });
    process.send?.("acknowledged");
  }
}

await Promise.all([write(), write(), write(), write()]);
