// The one folder besides its data folder that the service may write into: for backups on another disk.
import { chownSync, existsSync, lchownSync, lstatSync, mkdirSync, readdirSync, rmdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { AppError } from "../../platform/errors.ts";
import { fileProblem } from "../../platform/file-problem.ts";
import type { ServiceMachine } from "./service-machine.ts";

/** The service has a /tmp of its own, which goes with it. */
const passing = /^(\/tmp|\/var\/tmp|\/dev|\/proc|\/sys)(\/|$)|^\/$/;

/** Absolute; an installation that names none keeps that of the one before. Throws AppError settings_invalid. */
export function backupFolderOf(
  machine: ServiceMachine,
  option: string | boolean | undefined,
  before: string | null,
  isOwn: boolean,
): string | null {
  if (typeof option !== "string") {
    return isOwn ? null : before;
  }
  if (isOwn) {
    throw new AppError("settings_invalid", {
      problems: "--user-service can write wherever you can; leave out --backup-folder.",
    });
  }
  const folder = option === "none" ? null : resolve(option);
  if (option === "" || (folder !== null && passing.test(folder.replace(machine.root, "")))) {
    throw new AppError("settings_invalid", {
      problems: `--backup-folder must be a folder that stays, such as /mnt/backups (it is "${option}")`,
    });
  }
  return folder;
}

/** Made where it is missing, given where it is empty, else left as it is. Answers how to undo that. */
export function giveBackupFolder(machine: ServiceMachine, folder: string | null, user: string): () => void {
  if (folder === null) {
    return () => {};
  }
  const isNew = !existsSync(folder);
  try {
    if (isNew) {
      // The last part alone: a wrong path is more likely a disk that is not there.
      mkdirSync(folder, { mode: 0o700 });
    }
    const { uid, gid } = statSync(folder);
    const undo = isNew ? () => rmdirSync(folder) : () => chownSync(folder, uid, gid);
    if (canWrite(machine, folder, user)) {
      return isNew ? undo : () => {};
    }
    giveFolder(machine, folder, user, undo);
    return undo;
  } catch (error) {
    throw error instanceof AppError
      ? error
      : failed(folder, fileProblem(error, { ENOENT: "folder_above_missing" }).problem, error);
  }
}

function giveFolder(machine: ServiceMachine, folder: string, user: string, undo: () => void): void {
  try {
    if (readdirSync(folder).some((name) => name !== "lost+found")) {
      throw failed(
        folder,
        `${user} may not write there, and it holds files already. Name a new folder in it, such as ${join(folder, "shobar")}, or give it away: chown -R ${user} ${folder}`,
      );
    }
    const numbers = ["-u", "-g"].map((flag) => Number(machine.run("id", [flag, user]).stdout));
    chownSync(folder, numbers[0] ?? Number.NaN, numbers[1] ?? Number.NaN);
    if (!canWrite(machine, folder, user)) {
      throw failed(
        folder,
        `${user} may not write there. Let ${user} enter ${dirname(folder)}; a disk of the network is mounted so that it belongs to ${user}`,
      );
    }
  } catch (error) {
    undo();
    throw error;
  }
}

function canWrite(machine: ServiceMachine, folder: string, user: string): boolean {
  return machine.run("runuser", ["-u", user, "--", "test", "-w", folder, "-a", "-x", folder]).code === 0;
}

function failed(folder: string, problem: string, cause?: unknown): AppError {
  return new AppError("service_failed", { step: `keeping backups in ${folder}`, problem }, { cause });
}

/** Before the user goes: what is the user's there becomes root's, never that of whoever gets the number one day. */
export function takeBackFiles(machine: ServiceMachine, folder: string | null, user: string): void {
  if (folder === null || !existsSync(folder)) {
    return;
  }
  const uid = Number(machine.run("id", ["-u", user]).stdout.trim() || Number.NaN);
  for (const path of [folder, ...readdirSync(folder).map((name) => join(folder, name))]) {
    if (lstatSync(path).uid === uid) {
      lchownSync(path, 0, 0);
    }
  }
}
