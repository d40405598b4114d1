// Upgrades a data folder, or goes back, and is killed at one of the things it does to the disk; started by
// upgrade-kills.test.ts. Killed at none, it says how many there are. "newest" upgrades too and counts only what the newest
// migration does.
import { join } from "node:path";
import { killedAtItsTurn } from "../../../tests/support/killed-at-its-turn.ts";

const [what, dataFolder = "", killAt = "-1"] = process.argv.slice(2);
const turns = await killedAtItsTurn(Number(killAt));
const { upgradeDataFolder } = await import("./upgrade-data-folder.ts");
const { rollBackDataFolder } = await import("./rollback-data-folder.ts");
const { migrations } = await import("../database/migrations/migrations.ts");
const now = 1_790_000_000_000;
const upgrade = { dataFolder, databaseFile: join(dataFolder, "shobar.db"), version: "0.2.0", now };
if (what === "newest") {
  const newest = migrations.at(-1)!;
  // Once on the database itself; then, to compare, on an empty one.
  let isDone = false;
  const up: typeof newest.up = async (db) => {
    if (!isDone) turns.begin();
    await newest.up(db);
    turns.end();
    isDone = true;
  };
  await upgradeDataFolder({ ...upgrade, migrations: [...migrations.slice(0, -1), { ...newest, up }] });
} else {
  turns.begin();
  await (what === "upgrade"
    ? upgradeDataFolder(upgrade)
    : rollBackDataFolder({ dataFolder, now, confirm: () => Promise.resolve(true) }));
}
process.stdout.write(String(turns.done));
