// Upgrades a data folder, or goes back, and is killed at one of the things it does to the disk; started by
// upgrade-kills.test.ts. Killed at none, it says how many there are.
import { join } from "node:path";
import { killedAtItsTurn } from "../../../tests/support/killed-at-its-turn.ts";

const [what, dataFolder = "", killAt = "-1"] = process.argv.slice(2);
const turns = await killedAtItsTurn(Number(killAt));
const { upgradeDataFolder } = await import("./upgrade-data-folder.ts");
const { rollBackDataFolder } = await import("./rollback-data-folder.ts");
const now = 1_790_000_000_000;
turns.begin();
if (what === "upgrade") {
  await upgradeDataFolder({ dataFolder, databaseFile: join(dataFolder, "shobar.db"), version: "0.2.0", now });
} else {
  await rollBackDataFolder({ dataFolder, now, confirm: () => Promise.resolve(true) });
}
process.stdout.write(String(turns.done));
