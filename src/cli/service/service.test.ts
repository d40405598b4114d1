import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Config } from "../../platform/config/config.ts";
import { readConfig } from "../../platform/config/config.ts";
import type { Environment } from "../../platform/config/environment.ts";
import type { CommandCall } from "../command.ts";
import { install, remove, status } from "../commands/service.ts";
import type { Ran, ServiceMachine } from "./service-machine.ts";
import { settingWords } from "./setting-words.ts";
import { readUnit, type Unit, unitFile } from "./unit-file.ts";

let root: string;
let data: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "shobar-service-"));
  data = join(root, "data");
  mkdirSync(join(root, "run/systemd/system"), { recursive: true });
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
  process.exitCode = 0;
});

const environment: Environment = {
  settings: {},
  debug: false,
  ssh: null,
  program: "shobar",
  defaultData: "/nowhere",
  modelStores: [],
};

interface FakeMachine extends ServiceMachine {
  readonly commands: string[];
  /** Programs, or a program with its first word, that fail with these words. */
  readonly failing: Record<string, string>;
  readonly users: Set<string>;
  isActive: boolean;
}

/** systemd, users and the server as far as the commands see them. */
function aMachine(difference: Partial<ServiceMachine> = {}): FakeMachine {
  const commands: string[] = [];
  const failing: Record<string, string> = {};
  const users = new Set<string>();
  const machine: FakeMachine = {
    platform: "linux",
    isRoot: true,
    root,
    home: "/home/ana",
    userName: "ana",
    commands,
    failing,
    users,
    isActive: false,
    run(program, words): Ran {
      commands.push([program, ...words].join(" "));
      const problem = failing[program] ?? failing[`${program} ${words.find((word) => !word.startsWith("-"))}`];
      if (problem !== undefined) return { code: 1, stdout: "", stderr: problem };
      if (program === "useradd") users.add(words.at(-1)!);
      if (program === "userdel") users.delete(words[0]!);
      if (program === "id") {
        const known = users.has(words[1]!);
        // The person who runs the tests, so that files can be given to them.
        return {
          code: known ? 0 : 1,
          stdout: String(words[0] === "-u" ? process.getuid!() : process.getgid!()),
          stderr: "",
        };
      }
      if (words.includes("restart")) {
        machine.isActive = true;
        writeFileSync(
          join(data, "server.json"),
          JSON.stringify({ holder: "server", pid: 1, url: "http://localhost:3210" }),
        );
      }
      if (words.includes("disable")) machine.isActive = false;
      if (words.includes("is-active")) {
        return { code: machine.isActive ? 0 : 3, stdout: machine.isActive ? "active\n" : "inactive\n", stderr: "" };
      }
      return { code: 0, stdout: words.includes("is-enabled") ? "enabled\n" : "", stderr: "" };
    },
    ...difference,
  };
  return machine;
}

function aCall(
  options: CommandCall["options"] = {},
  flags: Record<string, string> = {},
): CommandCall & { said: string[] } {
  const said: string[] = [];
  const settings = { data, ...flags };
  return {
    argument: undefined,
    options,
    settings,
    config: (): Config => readConfig(settings, environment),
    environment,
    files: {} as CommandCall["files"],
    output: {
      json: false,
      isTerminal: false,
      columns: 80,
      answer: (_value, text) => void said.push(text),
      write: (text) => void said.push(text),
    },
    said,
  };
}

const withFiles = (call: CommandCall & { said: string[] }) => ({
  ...call,
  files: { productFolder: "/opt/shobar", version: "0.0.0" } as CommandCall["files"],
});
const unitPath = () => join(root, "etc/systemd/system/shobar.service");

describe("Installing", () => {
  test("makes the user, gives it the data, tries the program as that user, checks the unit and starts it", async () => {
    const machine = aMachine();
    const call = withFiles(aCall({ yes: true }, { port: "443" }));
    await install(call, machine);
    const changing = machine.commands.filter((command) => !/^id |is-active/.test(command));
    expect(changing.map((command) => command.split(" ").slice(0, 2).join(" "))).toEqual([
      "useradd --system",
      "runuser -u",
      "systemd-analyze verify",
      "systemctl daemon-reload",
      "systemctl enable",
      "systemctl restart",
    ]);
    const unit = readFileSync(unitPath(), "utf8");
    expect(unit).toContain("User=shobar\n");
    expect(unit).toContain("AmbientCapabilities=CAP_NET_BIND_SERVICE\n");
    expect(unit).toContain(`"serve" "--port" "443" "--data" "${data}"\n`);
    expect(statSync(unitPath()).mode & 0o777).toBe(0o644);
    expect(statSync(data).mode & 0o777).toBe(0o700);
    expect(call.said.join("\n")).toContain("Shobar runs as a service at http://localhost:3210");
  });

  test("shows the unit alone with --dry-run, where systemd does not run too", async () => {
    const machine = aMachine({ platform: "darwin" });
    const call = withFiles(aCall({ "dry-run": true }));
    await install(call, machine);
    expect(call.said.join("")).toMatch(/would be:\n\n# Written by .*\[Service\].*ProtectSystem=strict/s);
    expect(existsSync(unitPath())).toBe(false);
    expect(machine.commands.filter((command) => !command.startsWith("id "))).toEqual([]);
  });

  test("changes nothing where nobody can be asked and nobody said yes", async () => {
    const machine = aMachine();
    await expect(install(withFiles(aCall()), machine)).rejects.toMatchObject({ code: "not_confirmed" });
    expect([existsSync(unitPath()), machine.users.size, existsSync(data)]).toEqual([false, 0, false]);
  });

  const failures: readonly [string, string][] = [
    ["useradd", "useradd: cannot lock /etc/passwd; try again later."],
    ["runuser", "node:internal\nError: EACCES: permission denied, open '/root/x'\n\nNode.js v24"],
    ["systemd-analyze", "shobar.service: Unknown key"],
    ["systemctl daemon-reload", "Access denied"],
    ["systemctl restart", "Job for shobar.service failed."],
  ];

  test.each(failures)("leaves everything as it was when %s fails, and says what it said", async (step, words) => {
    const machine = aMachine();
    machine.failing[step] = words;
    const failed = install(withFiles(aCall({ yes: true })), machine);
    await expect(failed).rejects.toMatchObject({ code: "service_failed" });
    await expect(failed).rejects.toThrow(/cannot lock|EACCES: permission denied|Unknown key|Access denied|Job for/);
    expect([existsSync(unitPath()), machine.users.size, existsSync(data)]).toEqual([false, 0, false]);
  });

  test("keeps data that was there when it fails, and what was written down when it is repeated", async () => {
    mkdirSync(data);
    writeFileSync(join(data, "shobar.db"), "everything");
    const machine = aMachine();
    machine.failing["systemd-analyze"] = "no";
    await expect(install(withFiles(aCall({ yes: true })), machine)).rejects.toThrow();
    expect(readFileSync(join(data, "shobar.db"), "utf8")).toBe("everything");
    delete machine.failing["systemd-analyze"];
    await install(withFiles(aCall({ yes: true })), machine);
    const first = readUnit(readFileSync(unitPath(), "utf8"));
    await install(withFiles(aCall({ yes: true }, { port: "8080" })), machine);
    expect(readUnit(readFileSync(unitPath(), "utf8"))).toEqual(first);
    expect(first?.undo).toEqual({ madeUser: true, dataOwner: `${process.getuid!()}:${process.getgid!()}` });
  });

  test("is refused beside a server that somebody started by hand on the same data", async () => {
    mkdirSync(data);
    writeFileSync(join(data, "server.json"), JSON.stringify({ holder: "server", pid: process.pid, url: "http://x" }));
    const failed = install(withFiles(aCall({ yes: true })), aMachine());
    await expect(failed).rejects.toMatchObject({ code: "data_folder_locked" });
  });

  test.each<[string, Partial<ServiceMachine>, RegExp]>([
    ["without root", { isRoot: false }, /needs root\. Use sudo, or --user-service/],
    ["on macOS", { platform: "darwin" }, /launchd/],
    ["on Windows", { platform: "win32" }, /Task Scheduler/],
    ["where systemd does not run", { root: "/nowhere" }, /systemd does not run.*In a container/],
  ])("%s says what to do instead", async (_where, difference, sentence) => {
    const failed = install(withFiles(aCall({ yes: true })), aMachine(difference));
    await expect(failed).rejects.toMatchObject({
      code: "service_unavailable",
      message: expect.stringMatching(sentence),
    });
  });

  test.each(["root", "Ana", "a b", "../x", ""])("refuses the user %j", async (user) => {
    await expect(install(withFiles(aCall({ yes: true, user })), aMachine())).rejects.toThrow("--user must be");
  });

  test("as a service of one's own needs no root and makes no user", async () => {
    const machine = aMachine({ isRoot: false });
    const call = withFiles(aCall({ yes: true, "user-service": true }));
    await install(call, machine);
    const unit = readFileSync(join(root, "home/ana/.config/systemd/user/shobar.service"), "utf8");
    expect(unit).not.toMatch(/^(User|ProtectSystem|CapabilityBoundingSet)=/m);
    expect(unit).toContain("WantedBy=default.target");
    expect(machine.commands).toContain("systemctl --user restart shobar.service");
    expect(call.said.join("")).toContain("loginctl enable-linger ana");
  });
});

describe("A folder for backups on another disk", () => {
  let disk: string;
  let folder: string;
  beforeEach(() => {
    disk = join(root, "mnt");
    folder = join(disk, "backups");
    mkdirSync(disk);
  });
  const installed = (machine: FakeMachine, options: CommandCall["options"] = {}) =>
    install(withFiles(aCall({ yes: true, ...options })), machine);
  const ofUnit = () => readUnit(readFileSync(unitPath(), "utf8"))?.backupFolder;
  /** Only root can give a folder away. */
  const ownGroup = process.getuid!() === 0 ? 12_345 : process.getgid!();
  /** A user who may write in what is theirs alone; here that is told by the folder's group. */
  const withUser = (gid: number): FakeMachine => {
    const machine: FakeMachine = aMachine({
      run(program, words) {
        if (words.includes("test")) {
          const isTheirs = statSync(words.at(-1)!).gid === gid;
          return { code: isTheirs ? 0 : 1, stdout: "", stderr: "" };
        }
        if (program === "id" && words[0] === "-g" && machine.users.has("shobar")) {
          return { code: 0, stdout: String(gid), stderr: "" };
        }
        return real.run(program, words);
      },
    });
    const real = aMachine({});
    return Object.assign(machine, { users: real.users, failing: real.failing });
  };

  test("is made and given to the user, stays through a later installation, and ends with none", async () => {
    const machine = withUser(ownGroup);
    const call = withFiles(aCall({ yes: true, "backup-folder": folder }));
    await install(call, machine);
    expect(statSync(folder)).toMatchObject({ gid: ownGroup });
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(call.said.join("\n")).toContain(`backups schedule --folder ${folder} --data ${data}`);
    await installed(machine);
    expect(ofUnit()).toBe(folder);
    await installed(machine, { "backup-folder": "none" });
    expect(ofUnit()).toBeNull();
    expect(existsSync(folder)).toBe(true);
  });

  test("that holds somebody else's files is left alone, with what to do", async () => {
    mkdirSync(folder);
    writeFileSync(join(folder, "photo.jpg"), "");
    const before = statSync(folder);
    const failed = installed(withUser(12_345), { "backup-folder": folder });
    await expect(failed).rejects.toThrow(`it holds files already. Name a new folder in it, such as ${folder}/shobar`);
    expect(statSync(folder)).toMatchObject({ uid: before.uid, gid: before.gid });
  });

  test("is taken away again where a later step fails", async () => {
    const machine = withUser(ownGroup);
    machine.failing["systemd-analyze"] = "no";
    await expect(installed(machine, { "backup-folder": folder })).rejects.toThrow("no");
    expect([existsSync(folder), existsSync(unitPath())]).toEqual([false, false]);
  });

  test("on a disk that is not there, in a passing place or for a service of one's own is refused", async () => {
    await expect(installed(aMachine(), { "backup-folder": join(disk, "not", "there") })).rejects.toThrow(
      "the folder above it is not there",
    );
    for (const passing of ["/tmp/backups", "/", ""]) {
      await expect(installed(aMachine(), { "backup-folder": passing })).rejects.toThrow("must be a folder that stays");
    }
    await expect(installed(aMachine(), { "backup-folder": folder, "user-service": true })).rejects.toThrow(
      "leave out --backup-folder",
    );
  });
});

describe("Removing", () => {
  test("undoes what installing did, and leaves the data", async () => {
    const machine = aMachine();
    await install(withFiles(aCall({ yes: true })), machine);
    writeFileSync(join(data, "shobar.db"), "everything");
    machine.commands.length = 0;
    // The folder was made by the installation: it goes to root, which only root can do.
    if (process.getuid!() !== 0)
      writeFileSync(
        unitPath(),
        readFileSync(unitPath(), "utf8").replace(
          "DataOwner=none",
          `DataOwner=${process.getuid!()}:${process.getgid!()}`,
        ),
      );
    await remove(aCall(), machine);
    expect(machine.commands).toEqual([
      "systemctl disable --now shobar.service",
      "systemctl daemon-reload",
      "systemctl reset-failed shobar.service",
      "userdel shobar",
    ]);
    expect([existsSync(unitPath()), readFileSync(join(data, "shobar.db"), "utf8")]).toEqual([false, "everything"]);
  });

  test("leaves a user who was there before", async () => {
    const machine = aMachine();
    machine.users.add("ana");
    mkdirSync(data);
    await install(withFiles(aCall({ yes: true, user: "ana" })), machine);
    await remove(aCall(), machine);
    expect([...machine.users]).toEqual(["ana"]);
  });

  test("leaves a unit of that name that somebody else wrote", async () => {
    mkdirSync(join(root, "etc/systemd/system"), { recursive: true });
    writeFileSync(unitPath(), "[Service]\nExecStart=/bin/true\n");
    await expect(remove(aCall(), aMachine())).rejects.toMatchObject({ code: "service_missing" });
    expect(existsSync(unitPath())).toBe(true);
  });
});

test("the status says whether it runs, where, and whether it starts with the machine", async () => {
  const machine = aMachine();
  await install(withFiles(aCall({ yes: true })), machine);
  const call = aCall();
  await status(call, machine);
  expect(call.said.join("")).toMatch(/^The service runs at http:\/\/localhost:3210\. It starts with the machine\./);
  expect(process.exitCode).toBe(0);
  machine.isActive = false;
  const later = aCall();
  await status(later, machine);
  expect(later.said.join("")).toMatch(/^The service does not run \(inactive\)\./);
  expect(process.exitCode).toBe(1);
});

describe("The unit", () => {
  const unit: Unit = {
    command: ["/opt/my node/node", "/opt/shobar/main.js", "serve", "--data", '/srv/50% "of" $HOME\\x'],
    dataFolder: "/srv/50% of it",
    backupFolder: null,
    folders: ["/opt/shobar"],
    user: "shobar",
    needsHomes: false,
    bindsLowPort: false,
    undo: { madeUser: true, dataOwner: "1000:1000" },
  };

  test("passes on every sign of a path as it is", () => {
    const text = unitFile(unit);
    expect(text).toContain(
      '"/opt/my node/node" "/opt/shobar/main.js" "serve" "--data" "/srv/50%% \\"of\\" $$HOME\\\\x"',
    );
    expect(text).toContain('ReadWritePaths="/srv/50%% of it"');
    expect(text).toContain("WorkingDirectory=/srv/50%% of it\n");
  });

  test("says how to undo it, and whose it is", () => {
    expect(readUnit(unitFile(unit))).toEqual({
      dataFolder: "/srv/50% of it",
      backupFolder: null,
      user: "shobar",
      undo: unit.undo,
    });
    expect(readUnit(unitFile({ ...unit, user: null }))?.user).toBeNull();
  });

  test("lets the backup folder be written, and the server start where its disk is not there", () => {
    const text = unitFile({ ...unit, backupFolder: "/mnt/my backups" });
    expect(text).toContain('ReadWritePaths="/srv/50%% of it" "-/mnt/my backups"\n');
    expect(text).toMatch(/^RequiresMountsFor=(?!.*backups)/m);
    expect(readUnit(text)?.backupFolder).toBe("/mnt/my backups");
  });

  test("lets homes be read only where something of the service lies there", () => {
    expect(unitFile(unit)).toContain("ProtectHome=yes");
    expect(unitFile({ ...unit, needsHomes: true })).toContain("ProtectHome=read-only");
  });
});

test("settings are given on with absolute paths, from flags and from variables", () => {
  const variables = {
    ...environment,
    settings: { SHOBAR_MODELS: "/m/a,/m/b", SHOBAR_STARTER: "off", SHOBAR_PORT: "" },
  };
  const flags = { data: "/srv/data", publicUrl: "https://chat.example.org/", trustedProxy: ["loopback", "10.0.0.2"] };
  expect(settingWords(flags, variables, readConfig(flags, variables)).join(" ")).toBe(
    "--data /srv/data --models /m/a --models /m/b --no-starter --public-url https://chat.example.org --trusted-proxy loopback --trusted-proxy 10.0.0.2",
  );
});
