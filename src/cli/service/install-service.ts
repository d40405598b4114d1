// From a plan to a running service: each step is undone when a later one fails.
import {
  chmodSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { AppError } from "../../platform/errors.ts";
import { fileProblem } from "../../platform/file-problem.ts";
import type { Ran, ServiceMachine } from "./service-machine.ts";
import { giveBackupFolder } from "./backup-folder.ts";
import { type Unit, unitFile } from "./unit-file.ts";

export const serviceName = "shobar.service";

export interface ServicePlace {
  /** Path of the unit. */
  readonly file: string;
  /** What stands in front of each word for systemctl. */
  readonly systemctl: readonly string[];
}

export function placeOf(machine: ServiceMachine, isOwn: boolean): ServicePlace {
  return isOwn
    ? { file: join(machine.root + machine.home, ".config/systemd/user", serviceName), systemctl: ["--user"] }
    : { file: join(`${machine.root}/etc/systemd/system`, serviceName), systemctl: [] };
}

/** The user's number and group; null where there is no such user. */
export function findUser(machine: ServiceMachine, name: string): { uid: number; gid: number } | null {
  const [uid, gid] = ["-u", "-g"].map((flag) => machine.run("id", [flag, name]));
  return uid?.code === 0 && gid?.code === 0 ? { uid: Number(uid.stdout), gid: Number(gid.stdout) } : null;
}

/** Throws AppError service_failed with what did not work; everything done before is undone then. */
export function installService(machine: ServiceMachine, place: ServicePlace, unit: Unit): void {
  const undo: (() => void)[] = [];
  try {
    if (unit.user !== null) {
      makeUser(machine, unit, unit.user, undo);
      giveDataFolder(machine, unit, unit.user, undo);
      tryAsUser(machine, unit, unit.user);
      undo.push(giveBackupFolder(machine, unit.backupFolder, unit.user));
    } else {
      mkdirSync(unit.dataFolder, { recursive: true, mode: 0o700 });
    }
    writeUnit(place, unitFile(unit), undo);
    const verified = machine.run("systemd-analyze", [...place.systemctl, "verify", place.file]);
    // Where there is no such program systemctl complains by itself.
    if (verified.code !== null) {
      expectSuccess(verified, "checking the unit");
    }
    const steps: readonly (readonly string[])[] = [
      ["daemon-reload"],
      ["enable", serviceName],
      ["restart", serviceName],
    ];
    undo.push(() => {
      machine.run("systemctl", [...place.systemctl, "disable", "--now", serviceName]);
    });
    for (const words of steps) {
      expectSuccess(machine.run("systemctl", [...place.systemctl, ...words]), `systemctl ${words.join(" ")}`);
    }
  } catch (error) {
    undo.toReversed().forEach((each) => each());
    machine.run("systemctl", [...place.systemctl, "daemon-reload"]);
    throw error instanceof AppError
      ? error
      : new AppError("service_failed", { step: "writing files", ...fileProblem(error) }, { cause: error });
  }
}

function makeUser(
  machine: ServiceMachine,
  { undo: { madeUser }, dataFolder }: Unit,
  user: string,
  undo: (() => void)[],
): void {
  if (!madeUser || findUser(machine, user)) {
    return;
  }
  const words = [
    "--system",
    "--user-group",
    "--no-create-home",
    "--home-dir",
    dataFolder,
    "--shell",
    "/usr/sbin/nologin",
    user,
  ];
  expectSuccess(machine.run("useradd", words), `making the user ${user}`);
  undo.push(() => machine.run("userdel", [user]));
}

function giveDataFolder(machine: ServiceMachine, { dataFolder }: Unit, user: string, undo: (() => void)[]): void {
  const owner = findUser(machine, user);
  if (!owner) {
    throw new AppError("service_failed", { step: `finding the user ${user}`, problem: "there is none" });
  }
  if (existsSync(dataFolder)) {
    const before = statSync(dataFolder);
    undo.push(() => giveTree(dataFolder, before.uid, before.gid));
  } else {
    mkdirSync(dataFolder, { recursive: true });
    undo.push(() => rmSync(dataFolder, { recursive: true, force: true }));
  }
  chmodSync(dataFolder, 0o700);
  giveTree(dataFolder, owner.uid, owner.gid);
}

/** Links are given themselves, not what they lead to. */
export function giveTree(path: string, uid: number, gid: number): void {
  lchownSync(path, uid, gid);
  if (lstatSync(path).isDirectory()) {
    readdirSync(path).forEach((name) => giveTree(join(path, name), uid, gid));
  }
}

/** A clone in somebody's home cannot be entered by another user. */
function tryAsUser(machine: ServiceMachine, { command: [node = "", program = ""] }: Unit, user: string): void {
  const tried = machine.run("runuser", ["-u", user, "--", node, program, "version"]);
  if (tried.code !== 0) {
    throw new AppError("service_failed", {
      step: `starting the program as ${user}`,
      problem: `${lastLine(tried)}. That user must be able to read ${dirname(program)}: clone to a place such as /opt/shobar, or name a user who can with --user`,
    });
  }
}

function writeUnit({ file }: ServicePlace, text: string, undo: (() => void)[]): void {
  mkdirSync(dirname(file), { recursive: true });
  // A service manager that reads in the middle must find the old one or the new one.
  const unfinished = join(dirname(file), `.${serviceName}.new`);
  const hadOne = existsSync(file);
  writeFileSync(unfinished, text, { mode: 0o644 });
  chmodSync(unfinished, 0o644);
  renameSync(unfinished, file);
  if (!hadOne) {
    undo.push(() => rmSync(file, { force: true }));
  }
}

function expectSuccess(ran: Ran, step: string): void {
  if (ran.code !== 0) {
    throw new AppError("service_failed", { step, problem: lastLine(ran) });
  }
}

/** What programs say last, but where a line before it names an error. */
function lastLine({ code, stderr, stdout }: Ran): string {
  const lines = (stderr.trim() || stdout.trim()).split("\n");
  const telling = lines.find((line) => /^(Error|.*: .*(denied|not permitted)|.*cannot)/i.test(line)) ?? lines.at(-1);
  return telling?.replace(/\.$/, "") || `it ended with ${code}`;
}
