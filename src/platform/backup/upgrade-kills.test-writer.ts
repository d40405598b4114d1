// Upgrades a data folder, or goes back, and is killed at one of the things it does to the disk; started by
// upgrade-kills.test.ts. Killed at none, it says how many there are.
import fs from "node:fs";
import fsPromises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { DatabaseSync, StatementSync } from "node:sqlite";

const [what, dataFolder = "", killAt = "-1"] = process.argv.slice(2);
let done = 0;

function killedAtItsTurn(owner: object, name: string): void {
  const original = Reflect.get(owner, name) as (...parameters: unknown[]) => unknown;
  const counted = function counted(this: unknown, ...parameters: unknown[]): unknown {
    if (done++ === Number(killAt)) {
      process.kill(process.pid, "SIGKILL");
    }
    return original.apply(this, parameters);
  };
  Reflect.set(owner, name, counted);
}

for (const name of [
  "renameSync",
  "mkdirSync",
  "rmSync",
  "copyFileSync",
  "linkSync",
  "openSync",
  "fsyncSync",
  "writeSync",
]) {
  killedAtItsTurn(fs, name);
}
for (const name of ["open", "writeFile"]) {
  killedAtItsTurn(fsPromises, name);
}
killedAtItsTurn(DatabaseSync.prototype, "exec");
killedAtItsTurn(StatementSync.prototype, "run");
syncBuiltinESMExports();

const { upgradeDataFolder } = await import("./upgrade-data-folder.ts");
const { rollBackDataFolder } = await import("./rollback-data-folder.ts");
const now = 1_790_000_000_000;
done = 0;
if (what === "upgrade") {
  await upgradeDataFolder({ dataFolder, databaseFile: join(dataFolder, "shobar.db"), version: "0.2.0", now });
} else {
  await rollBackDataFolder({ dataFolder, now, confirm: () => Promise.resolve(true) });
}
process.stdout.write(String(done));
