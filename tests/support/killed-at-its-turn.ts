// For a process that is to die in the middle of its work: everything it does to the disk is counted, and at one of those
// moments it is killed, as kill -9 does it.
import fs from "node:fs";
import fsPromises, { open } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { DatabaseSync, StatementSync } from "node:sqlite";

export interface Turns {
  /** Counts from here. */
  begin(): void;
  end(): void;
  readonly done: number;
}

/** Before the modules that it is about are imported. `killAt` counts from 0; a negative number kills at none. */
export async function killedAtItsTurn(killAt: number): Promise<Turns> {
  let done = 0;
  let isCounting = false;
  function counted(owner: object, name: string): void {
    const original = Reflect.get(owner, name) as (...parameters: unknown[]) => unknown;
    Reflect.set(owner, name, function turn(this: unknown, ...parameters: unknown[]): unknown {
      if (isCounting && done++ === killAt) {
        process.kill(process.pid, "SIGKILL");
      }
      return original.apply(this, parameters);
    });
  }
  const synchronous = ["renameSync", "mkdirSync", "rmSync", "copyFileSync", "linkSync", "openSync", "fsyncSync"];
  [...synchronous, "writeSync"].forEach((name) => counted(fs, name));
  ["open", "writeFile", "rename", "rm"].forEach((name) => counted(fsPromises, name));
  const handle = await open(import.meta.filename, "r");
  ["writeFile", "datasync", "sync"].forEach((name) => counted(Object.getPrototypeOf(handle) as object, name));
  await handle.close();
  counted(DatabaseSync.prototype, "exec");
  counted(StatementSync.prototype, "run");
  syncBuiltinESMExports();
  return {
    begin: () => void (isCounting = true),
    end: () => void (isCounting = false),
    get done() {
      return done;
    },
  };
}
