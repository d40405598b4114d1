// What installing a service needs of the machine, so that a test can be any machine.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { userInfo } from "node:os";

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ServiceMachine {
  readonly platform: NodeJS.Platform;
  readonly isRoot: boolean;
  /** Stands in front of every path of the system; empty on a real machine. */
  readonly root: string;
  readonly home: string;
  readonly userName: string;
  run(program: string, words: readonly string[]): Ran;
}

export function thisMachine(): ServiceMachine {
  const { uid, homedir, username } = userInfo();
  return {
    platform: process.platform,
    isRoot: uid === 0,
    root: "",
    home: homedir,
    userName: username,
    run(program, words) {
      const { status, stdout, stderr, error } = spawnSync(program, [...words], { encoding: "utf8" });
      return { code: status, stdout: stdout ?? "", stderr: stderr || (error?.message ?? "") };
    },
  };
}

/** Why no service can be installed here, with what to do instead; null where it can. */
export function whyNoService(machine: ServiceMachine, wantsOwn: boolean): string | null {
  if (machine.platform === "darwin") {
    return "on macOS launchd starts services. docs/service.md has a file for it";
  }
  if (machine.platform === "win32") {
    return "on Windows the Task Scheduler starts programs with the machine. docs/service.md says how";
  }
  if (!existsSync(`${machine.root}/run/systemd/system`)) {
    return "systemd does not run on this machine. In a container, let what runs the container restart it; docs/service.md says how";
  }
  if (!machine.isRoot && !wantsOwn) {
    return "a service of the machine needs root. Use sudo, or --user-service for one that runs as you";
  }
  return null;
}
