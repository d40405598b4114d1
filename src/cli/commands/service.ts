// `service install`, `service remove`, `service status`: the server as a systemd service, shown before it is written.
import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { readServerNote } from "../../platform/data-folder.ts";
import { AppError } from "../../platform/errors.ts";
import type { CommandCall } from "../command.ts";
import { confirm } from "../confirm.ts";
import {
  findUser,
  giveTree,
  installService,
  placeOf,
  serviceName,
  type ServicePlace,
} from "../service/install-service.ts";
import { type ServiceMachine, thisMachine, whyNoService } from "../service/service-machine.ts";
import { backupFolderOf, takeBackFiles } from "../service/backup-folder.ts";
import { settingWords } from "../service/setting-words.ts";
import { readUnit, type Unit, unitFile, type UnitUndo } from "../service/unit-file.ts";

const defaultUser = "shobar";
const homes = /^\/(home|root|run\/user)(\/|$)/;

export async function install(call: CommandCall, machine: ServiceMachine = thisMachine()): Promise<void> {
  const isOwn = call.options["user-service"] === true;
  const reason = whyNoService(machine, isOwn);
  if (reason !== null && call.options["dry-run"] !== true) {
    throw new AppError("service_unavailable", { problem: reason });
  }
  const place = placeOf(machine, isOwn);
  const unit = planUnit(call, machine, place, isOwn);
  const text = unitFile(unit);
  if (call.options["dry-run"] === true) {
    call.output.answer({ file: place.file, unit: text }, `${place.file} would be:\n\n${text}`);
    return;
  }
  refuseSecondServer(machine, place, unit.dataFolder);
  if (call.options["yes"] !== true) {
    call.output.write(`${place.file} will be:\n\n${text}\n${steps(unit)}\n`);
    await confirm("Install and start it?");
  }
  installService(machine, place, unit);
  await tellStart(call, machine, place, unit);
}

/** Throws AppError settings_invalid with every wrong setting, here and not in the service's log. */
function planUnit(call: CommandCall, machine: ServiceMachine, place: ServicePlace, isOwn: boolean): Unit {
  const config = call.config();
  const name = call.options["user"] ?? defaultUser;
  if (typeof name !== "string" || !/^[a-z_][a-z0-9_-]{0,30}$/.test(name) || name === "root") {
    throw new AppError("settings_invalid", {
      problems: `--user must be the name of a user other than root (it is "${String(name)}")`,
    });
  }
  if (isOwn && call.options["user"] !== undefined) {
    throw new AppError("settings_invalid", { problems: "--user-service runs as you; leave out --user." });
  }
  const program = resolve(process.argv[1] ?? "");
  const command = [process.execPath, program, "serve", ...settingWords(call.settings, call.environment, config)];
  const folders = [call.files.productFolder, ...config.models.map((model) => resolve(model))];
  const before = unitBefore(place);
  const backupFolder = backupFolderOf(machine, call.options["backup-folder"], before?.backupFolder ?? null, isOwn);
  const odd = [...command, backupFolder ?? ""].find((word) => /[\n\r]/.test(word));
  if (odd !== undefined) {
    throw new AppError("settings_invalid", {
      problems: "No path or setting of a service may have a line break in it.",
    });
  }
  return {
    command,
    dataFolder: config.data,
    backupFolder,
    folders,
    user: isOwn ? null : name,
    needsHomes: [process.execPath, config.data, backupFolder ?? "", ...folders].some((folder) => homes.test(folder)),
    bindsLowPort: config.port > 0 && config.port < 1024,
    undo: undoOf(before, machine, config.data, name),
  };
}

function unitBefore({ file }: ServicePlace): ReturnType<typeof readUnit> {
  return existsSync(file) ? readUnit(readFileSync(file, "utf8")) : null;
}

/** Installing again keeps what the first installation wrote down. */
function undoOf(
  before: ReturnType<typeof readUnit>,
  machine: ServiceMachine,
  dataFolder: string,
  user: string,
): UnitUndo {
  if (before && before.dataFolder === dataFolder) {
    return before.undo;
  }
  const owner = existsSync(dataFolder) ? statSync(dataFolder) : null;
  return {
    madeUser: before?.undo.madeUser ?? findUser(machine, user) === null,
    dataOwner: owner && `${owner.uid}:${owner.gid}`,
  };
}

function steps({ user, undo, dataFolder, backupFolder }: Unit): string {
  return [
    ...(user !== null && undo.madeUser ? [`The system user ${user} will be made, who cannot sign in.`] : []),
    ...(user === null ? [] : [`The data folder ${dataFolder} will belong to ${user}.`]),
    ...(backupFolder === null
      ? []
      : [`The folder ${backupFolder} will be there for backups, and ${user} may write in it.`]),
    "The service will start now and with the machine.",
  ].join("\n");
}

/** One that somebody started by hand would keep the service from the data. */
function refuseSecondServer(machine: ServiceMachine, place: ServicePlace, dataFolder: string): void {
  const note = readServerNote(dataFolder);
  const isService = machine.run("systemctl", [...place.systemctl, "is-active", serviceName]).code === 0;
  if (note?.holder === "server" && !isService && isAlive(note.pid)) {
    throw new AppError("data_folder_locked", { pid: note.pid, folder: dataFolder });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

const startPatienceMs = 30_000;
const lookAgainMs = 250;

/** A service that was started may still end a moment later, with settings that only the start can check. */
async function tellStart(call: CommandCall, machine: ServiceMachine, place: ServicePlace, unit: Unit): Promise<void> {
  const own = place.systemctl.join(" ");
  const log = `journalctl ${own === "" ? "-u" : "--user -u"} shobar`;
  for (const deadline = Date.now() + startPatienceMs; Date.now() < deadline; await setTimeout(lookAgainMs)) {
    const url = readServerNote(unit.dataFolder)?.url ?? null;
    const isActive = machine.run("systemctl", [...place.systemctl, "is-active", serviceName]).code === 0;
    if (isActive && url !== null) {
      call.output.answer(
        { file: place.file, url, dataFolder: unit.dataFolder },
        [
          `Shobar runs as a service at ${url}, and starts ${unit.user === null ? "when you sign in" : "with the machine"}.`,
          `The link for the owner's account, while there is none: ${log} | grep setup`,
          ...(unit.backupFolder === null
            ? []
            : [
                `For backups in ${unit.backupFolder}: shobar backups schedule --folder ${unit.backupFolder} --data ${unit.dataFolder}`,
              ]),
          ...(unit.user === null
            ? [
                `So that it starts with the machine and runs while you are signed out: loginctl enable-linger ${machine.userName}`,
              ]
            : []),
        ].join("\n"),
      );
      return;
    }
  }
  throw new AppError("service_failed", { step: "the start", problem: `it does not listen yet; see: ${log} -n 20` });
}

export async function remove(call: CommandCall, machine: ServiceMachine = thisMachine()): Promise<void> {
  const isOwn = call.options["user-service"] === true;
  const reason = whyNoService(machine, isOwn);
  if (reason !== null) {
    throw new AppError("service_unavailable", { problem: reason });
  }
  const place = placeOf(machine, isOwn);
  const unit = installedUnit(place);
  machine.run("systemctl", [...place.systemctl, "disable", "--now", serviceName]);
  rmSync(place.file);
  machine.run("systemctl", [...place.systemctl, "daemon-reload"]);
  machine.run("systemctl", [...place.systemctl, "reset-failed", serviceName]);
  const lines = ["The service is stopped and gone."];
  if (unit.user !== null && existsSync(unit.dataFolder)) {
    // Never to a number that another user may get one day.
    const [uid = 0, gid = 0] = (unit.undo.dataOwner ?? "0:0").split(":").map(Number);
    giveTree(unit.dataFolder, uid, gid);
  }
  if (unit.user !== null && unit.undo.madeUser) {
    takeBackFiles(machine, unit.backupFolder, unit.user);
    machine.run("userdel", [unit.user]);
    lines.push(`The user ${unit.user} is gone too.`);
  }
  lines.push(`The data stays in ${unit.dataFolder}.`);
  call.output.answer({ dataFolder: unit.dataFolder }, lines.join("\n"));
}

export async function status(call: CommandCall, machine: ServiceMachine = thisMachine()): Promise<void> {
  const place = placeOf(machine, call.options["user-service"] === true);
  const unit = installedUnit(place);
  const ask = (word: string): string => machine.run("systemctl", [...place.systemctl, word, serviceName]).stdout.trim();
  const [active, enabled] = [ask("is-active"), ask("is-enabled")];
  const runs = active === "active";
  const url = runs ? (readServerNote(unit.dataFolder)?.url ?? null) : null;
  const state = runs
    ? `The service runs${url === null ? " and is starting" : ` at ${url}`}.`
    : `The service does not run (${active}).`;
  const by = unit.user === null ? "when its person signs in" : "with the machine";
  const withMachine = enabled === "enabled" ? `It starts ${by}.` : `It does not start ${by}.`;
  call.output.answer(
    { active, enabled, url, dataFolder: unit.dataFolder, file: place.file },
    `${state} ${withMachine}\nData folder  ${unit.dataFolder}\nUnit         ${place.file}`,
  );
  process.exitCode = runs ? 0 : 1;
}

/** Throws AppError service_missing; a unit of that name that somebody else wrote is left alone. */
function installedUnit(place: ServicePlace): NonNullable<ReturnType<typeof readUnit>> {
  const unit = unitBefore(place);
  if (!unit) {
    throw new AppError("service_missing", { file: place.file });
  }
  return unit;
}
