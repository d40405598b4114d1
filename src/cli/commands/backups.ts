import { resolve } from "node:path";
import type { BackupsChange, BackupSchedule, BackupsState } from "../../features/backups/contract.ts";
import type { BackupProgress } from "../../platform/backup/back-up-data-folder.ts";
import { AppError } from "../../platform/errors.ts";
import { formatBytes } from "../../platform/format-bytes.ts";
import type { CommandCall } from "../command.ts";
import { openControl } from "../control.ts";
import { readPassphraseFile } from "../read-passphrase.ts";
import { table } from "../table.ts";

export async function listBackups(call: CommandCall): Promise<void> {
  await using control = await openControl(call);
  const state = await control.perform("backups.read", {});
  call.output.answer(state, describe(state));
}

export async function backUpNow(call: CommandCall): Promise<void> {
  await using control = await openControl(call);
  const state = await control.perform("backups.now", {}, (event) => {
    if (call.output.isTerminal) {
      call.output.write(`\r${phaseWords[(event as BackupProgress).phase]} …        `);
    }
  });
  call.output.write(call.output.isTerminal ? "\r" : "");
  call.output.answer(state, describe(state));
}

const phaseWords: Readonly<Record<BackupProgress["phase"], string>> = {
  copying: "Copying the database",
  checking: "Checking the copy",
  writing: "Writing the backup",
  restoring: "Restoring it as a trial",
  comparing: "Comparing what came back",
};

export async function scheduleBackups(call: CommandCall): Promise<void> {
  const change = changeOf(call);
  await using control = await openControl(call);
  const state = await control.perform("backups.change", change);
  call.output.answer(state, describe(state));
}

function changeOf({ options }: CommandCall): BackupsChange {
  const { every, hour, folder, keep, drill } = options;
  const schedule: { -readonly [Key in keyof BackupSchedule]?: BackupSchedule[Key] } = {};
  if (typeof every === "string") {
    schedule.every = every === "off" || every === "day" ? every : "hours";
    if (schedule.every === "hours") {
      schedule.hours = wholeNumber("every", every);
    }
  }
  if (typeof hour === "string") {
    schedule.hour = wholeNumber("hour", hour);
  }
  if (typeof folder === "string") {
    schedule.folder = folder === "default" ? null : resolve(folder);
  }
  if (typeof keep === "string") {
    const [daily, weekly, monthly] = keep.split(",").map((part) => wholeNumber("keep", part));
    Object.assign(schedule, { daily, weekly, monthly });
  }
  if (drill === "each" || drill === "week") {
    schedule.drill = drill;
  } else if (drill !== undefined) {
    throw new AppError("settings_invalid", { problems: "--drill must be each or week" });
  }
  return { schedule, ...passphraseOf(options) };
}

function passphraseOf(options: CommandCall["options"]): Pick<BackupsChange, "passphrase"> {
  if (options["no-passphrase"] === true) {
    return { passphrase: null };
  }
  const file = options["passphrase-file"];
  return typeof file === "string" ? { passphrase: readPassphraseFile(file) } : {};
}

function wholeNumber(option: string, text: string): number {
  if (!/^\d{1,4}$/.test(text.trim())) {
    throw new AppError("settings_invalid", { problems: `--${option}: "${text}" is no whole number` });
  }
  return Number(text);
}

function describe(state: BackupsState): string {
  const { schedule, folder, isSameDisk, hasPassphrase, lastBackup, lastDrill, problem, files } = state;
  const rows = files.map(({ name, bytes, madeAt, isEncrypted }) => [
    name,
    minute(madeAt),
    formatBytes(bytes),
    isEncrypted ? "encrypted" : "not encrypted",
  ]);
  return [
    ...(problem ? [`Failed at ${minute(problem.at)}: ${problem.message}`] : []),
    lastBackup ? `Last backup: ${minute(lastBackup.at)}, ${formatBytes(lastBackup.bytes)}.` : "No backup yet.",
    lastDrill ? `Last proven restore: ${minute(lastDrill.at)}.` : "No restore was proven yet.",
    `Schedule: ${scheduleWords(state)}.`,
    `Folder: ${folder}${isSameDisk === true ? " (on the same disk as the data: copy them elsewhere too)" : ""}.`,
    `Kept: ${schedule.daily} daily, ${schedule.weekly} weekly, ${schedule.monthly} monthly.`,
    hasPassphrase
      ? "Encrypted. Keep the passphrase in another place too: without it no backup can be restored."
      : "Not encrypted: who has a file can read the chats.",
    ...(rows.length > 0 ? ["", table(["File", "Made", "Size", ""], rows)] : []),
  ].join("\n");
}

function scheduleWords({ schedule, timeZone, nextAt }: BackupsState): string {
  if (schedule.every === "off" || nextAt === null) {
    return "off";
  }
  const when =
    schedule.every === "day" ? `every day at ${schedule.hour}:00 (${timeZone})` : `every ${schedule.hours} hours`;
  return `${when}, next ${minute(nextAt)}`;
}

/** In the machine's own time. */
function minute(time: number): string {
  const date = new Date(time);
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
