// One round of upkeep in a process of its own, that is killed at one of the things it does to the disk; started by
// upkeep-kills.test.ts. Killed at none, it says how many there are.
import { join } from "node:path";
import { pino } from "pino";
import { killedAtItsTurn } from "../../tests/support/killed-at-its-turn.ts";

const [what, dataFolder = "", now = "0", killAt = "-1"] = process.argv.slice(2);
const turns = await killedAtItsTurn(Number(killAt));
const { openInlineDatabase } = await import("../platform/database/inline-database.ts");
const { openUpkeep } = await import("../../tests/support/open-upkeep.ts");
const db = openInlineDatabase(join(dataFolder, "shobar.db"));
const upkeep = await openUpkeep({ db, dataFolder, clock: () => Number(now), logger: pino({ level: "silent" }) });
turns.begin();
await (what === "backup" ? upkeep.backups.makeIfDue() : upkeep.people.purgeRemoved());
process.stdout.write(String(turns.done));
