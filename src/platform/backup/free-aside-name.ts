import { existsSync } from "node:fs";
import { join } from "node:path";

/** Where in the data folder to keep what a restore or a rollback replaces: a name that nothing has yet. */
export function freeAsideName(dataFolder: string, reason: "restore" | "rollback", now: number, ending: string): string {
  const time = new Date(now).toISOString().slice(0, 19).replaceAll(":", "-");
  const start = join(dataFolder, `shobar-before-${reason}-${time}`);
  for (let number = 1; ; number++) {
    const name = `${start}${number === 1 ? "" : `-${number}`}${ending}`;
    if (!existsSync(name)) {
      return name;
    }
  }
}
