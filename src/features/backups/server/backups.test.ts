import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { placeFirstVersion } from "../../../../tests/support/museum/open-museum.ts";
import { lockBackups } from "../../../platform/backup/back-up-data-folder.ts";
import type { Database } from "../../../platform/database/command.ts";
import { openInlineDatabase } from "../../../platform/database/inline-database.ts";
import { migrate } from "../../../platform/database/migrate.ts";
import { AppError } from "../../../platform/errors.ts";
import { openSecrets } from "../../../platform/secrets/open-secrets.ts";
import { createSecrets, type Secrets } from "../../../platform/secrets/secrets.ts";
import { createBackupJobs, type RunBackupJob } from "./backup-job.ts";
import { type Backups, type BackupsParts, createBackups } from "./backups.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const realJobs = createBackupJobs(new URL("../../../server/backup-worker.ts", import.meta.url), () => null);

let dataFolder: string;
let db: Database;
let secrets: Secrets;
let now: number;
let complaints: string[];
beforeEach(async () => {
  dataFolder = mkdtempSync(join(tmpdir(), "shobar-backups-"));
  placeFirstVersion(join(dataFolder, "shobar.db"));
  db = openInlineDatabase(join(dataFolder, "shobar.db"));
  await db.run(migrate, { now: 1 });
  now = Date.parse("2026-11-24T12:00:00Z");
  secrets = await openSecrets({ dataFolder, db, clock: () => now });
  complaints = [];
});
afterEach(async () => {
  await db.close();
  rmSync(dataFolder, { recursive: true, force: true });
});

function aService(more: Partial<BackupsParts> = {}): Backups {
  const logger = pino({ level: "warn" }, { write: (line: string) => void complaints.push(line) });
  return createBackups({
    db,
    clock: () => now,
    secrets,
    logger,
    dataFolder,
    version: "0.2.0",
    runJob: realJobs,
    freeBytesOf: () => 1e12,
    ...more,
  });
}

/** Instead of the thread, where a test is about something else: a file that looks like a backup. */
const quickJobs: RunBackupJob = async ({ kind, file }) => {
  if (kind === "backup") {
    writeFileSync(file, backupBytes);
  }
  return { bytes: 0 };
};
const backupBytes = Buffer.concat([Buffer.from("SHOBARBK"), Buffer.of(1, 0), randomBytes(200)]);
const inFolder = (folder = join(dataFolder, "backups")): string[] => readdirSync(folder).toSorted();

describe("Scheduled backups", () => {
  test("are made without being asked, each is restored as a trial, and both are told", async () => {
    const backups = aService();
    expect(await backups.makeIfDue()).toBe(0);
    expect(await backups.read()).toMatchObject({ lastBackup: null, lastDrill: null, problem: null, isSameDisk: null });
    now += dayMs;
    expect(await backups.makeIfDue()).toBe(1);
    const state = await backups.read();
    expect(state).toMatchObject({ lastBackup: { at: now }, lastDrill: { at: now }, problem: null, isSameDisk: true });
    expect(state.files).toMatchObject([
      { name: state.lastBackup?.name, bytes: state.lastBackup?.bytes, isEncrypted: false },
    ]);
    expect(await backups.makeIfDue()).toBe(0);
    // Nothing of the work is left, and only its owner may read a backup.
    expect(readdirSync(dataFolder).filter((name) => /copy|drill/.test(name))).toEqual([]);
    expect(statSync(join(dataFolder, "backups", state.files[0]?.name ?? "")).mode & 0o077).toBe(0);
    expect(complaints).toEqual([]);
  });

  test("go by the retention, and leave every other file in the folder alone", async () => {
    const backups = aService({ runJob: quickJobs });
    await backups.change({ schedule: { daily: 2, weekly: 0, monthly: 0 } });
    const folder = join(dataFolder, "backups");
    mkdirSync(folder);
    const others = [
      "letter.txt",
      "shobar-00000000-2020-01-01T00-00-00Z.shobar",
      "monday.shobar",
      "shobar-00000001-2020-01-01T00-00-00Z.shobar.txt",
    ];
    for (const name of others) {
      writeFileSync(join(folder, name), backupBytes);
    }
    // By its name one of ours, but nothing that we wrote.
    const mark = (await madeOne(backups)).slice(7, 15);
    writeFileSync(join(folder, `shobar-${mark}-2020-01-01T00-00-00Z.shobar`), "a letter");
    writeFileSync(join(folder, `shobar-${mark}-2020-01-01T00-00-00Z.shobar.partial`), "cut off");
    for (let day = 0; day < 4; day++) {
      now += dayMs;
      await backups.makeNow();
    }
    expect(inFolder().filter((name) => name.startsWith(`shobar-${mark}-2026`))).toHaveLength(2);
    expect(inFolder()).toEqual(expect.arrayContaining([...others, `shobar-${mark}-2020-01-01T00-00-00Z.shobar`]));
    expect(inFolder().filter((name) => name.endsWith(".partial"))).toEqual([]);
  });

  test("that fail are told, tried again an hour later, and forgotten once one succeeds", async () => {
    let isFull = true;
    const backups = aService({ runJob: quickJobs, freeBytesOf: () => (isFull ? 1_000_000 : 1e12) });
    await backups.makeIfDue();
    now += dayMs;
    await backups.makeIfDue();
    expect((await backups.read()).problem).toMatchObject({ of: "backup", at: now, code: "backup_no_space" });
    expect((await backups.read()).problem?.message).toContain("1.0 MB free");
    expect(complaints.join()).toContain('"code":"backup_no_space"');
    expect(await backups.makeIfDue()).toBe(0);
    isFull = false;
    now += hourMs;
    expect(await backups.makeIfDue()).toBe(1);
    expect((await backups.read()).problem).toBeNull();
  });

  test("in the data folder make room by letting the oldest go, and always keep the newest", async () => {
    let free = 1e12;
    const backups = aService({ runJob: quickJobs, freeBytesOf: () => free });
    for (let day = 0; day < 5; day++) {
      now += dayMs;
      await backups.makeNow();
    }
    expect(inFolder()).toHaveLength(5);
    free = 1_000_000;
    now += dayMs;
    await expect(backups.makeNow()).rejects.toMatchObject({ code: "backup_no_space" });
    expect(inFolder()).toHaveLength(1);
    expect((await backups.read()).files[0]?.name).toBe((await backups.read()).lastBackup?.name);
  });

  test("are off when an admin says so", async () => {
    const backups = aService({ runJob: quickJobs });
    await backups.change({ schedule: { every: "off" } });
    now += 9 * dayMs;
    expect(await backups.makeIfDue()).toBe(0);
    expect(await backups.read()).toMatchObject({ nextAt: null, lastBackup: null });
  });
});

describe("A folder of one's own", () => {
  test("is tried before it is taken, and is never emptied to make room", async () => {
    let free = 1e12;
    const folder = join(dataFolder, "elsewhere");
    const backups = aService({ runJob: quickJobs, freeBytesOf: () => free });
    await expect(backups.change({ schedule: { folder: "backups" } })).rejects.toMatchObject({
      code: "backup_folder_unusable",
      details: { problem: "it must be a whole path" },
    });
    await expect(backups.change({ schedule: { folder: join(folder, "not", "there") } })).rejects.toMatchObject({
      details: { problem: "the folder above it is not there" },
    });
    await expect(backups.change({ schedule: { folder: join(dataFolder, "shobar.db") } })).rejects.toMatchObject({
      code: "backup_folder_unusable",
    });
    expect((await backups.change({ schedule: { folder } })).folder).toBe(folder);
    await backups.makeNow();
    now += dayMs;
    await backups.makeNow();
    free = 1_000_000;
    await expect(backups.makeNow()).rejects.toMatchObject({ code: "backup_no_space" });
    expect(inFolder(folder)).toHaveLength(2);
  });

  test("that the server may not write into is refused with what a service needs", async () => {
    const backups = aService({ runJob: quickJobs });
    // A read-only disk for everybody, root too.
    await expect(backups.change({ schedule: { folder: "/sys/kernel" } })).rejects.toMatchObject({
      details: { problem: expect.stringContaining("sudo shobar service install --backup-folder FOLDER") },
    });
  });

  test("that is gone when its hour comes is told, and is not made anew in the place of a missing disk", async () => {
    const disk = join(dataFolder, "disk");
    mkdirSync(disk);
    const backups = aService({ runJob: quickJobs });
    await backups.change({ schedule: { folder: join(disk, "backups") } });
    await backups.makeNow();
    rmSync(disk, { recursive: true });
    await expect(backups.makeNow()).rejects.toMatchObject({ code: "backup_folder_unusable" });
    expect(await backups.read()).toMatchObject({
      isSameDisk: null,
      files: [],
      problem: { code: "backup_folder_unusable" },
    });
    expect(existsSync(disk)).toBe(false);
  });
});

describe("Two servers that keep their backups in one folder", () => {
  test("leave each other's backups alone, also half ones and where each keeps only its newest", async () => {
    const folder = join(dataFolder, "one-for-all");
    const mark = (await madeOne(aService({ runJob: quickJobs }))).slice(7, 15);
    const marks = [mark, "0badcafe"];
    mkdirSync(folder);
    for (const other of marks) {
      writeFileSync(join(folder, `shobar-${other}-2026-11-20T02-00-00Z.shobar`), backupBytes);
      writeFileSync(join(folder, `shobar-${other}-2026-11-24T02-00-00Z.shobar.partial`), "half");
    }
    const backups = aService({ runJob: quickJobs });
    await backups.change({ schedule: { folder, daily: 1, weekly: 0, monthly: 0 } });
    expect((await backups.read()).files).toHaveLength(1);
    now += dayMs;
    const name = await madeOne(backups);
    const others = [
      "shobar-0badcafe-2026-11-20T02-00-00Z.shobar",
      "shobar-0badcafe-2026-11-24T02-00-00Z.shobar.partial",
    ];
    expect(inFolder(folder)).toEqual([...others, name].toSorted());
  });
});

describe("A passphrase", () => {
  test("is stored sealed, encrypts what comes after, proves it too, and opens the download", async () => {
    const backups = aService();
    const plain = await madeOne(backups);
    await expect(backups.fileToDownload(plain)).rejects.toMatchObject({ code: "backup_not_for_download" });
    expect((await backups.change({ passphrase: "correct horse battery" })).hasPassphrase).toBe(true);
    expect(readFileSync(join(dataFolder, "shobar.db")).includes("correct horse")).toBe(false);
    now += 1000;
    const sealed = await madeOne(backups);
    expect(await backups.fileToDownload(sealed)).toMatchObject({ file: { isEncrypted: true } });
    await expect(backups.fileToDownload("../shobar.db")).rejects.toMatchObject({ code: "backup_file_not_found" });
    expect(JSON.stringify(await backups.read())).not.toContain("correct horse");
  });
});

describe("A passphrase that cannot be read any more", () => {
  test("is told as what it is, and no backup is made without it", async () => {
    await aService().change({ passphrase: "correct horse battery" });
    const backups = aService({ runJob: quickJobs, secrets: createSecrets(randomBytes(32)) });
    await expect(backups.makeNow()).rejects.toMatchObject({ code: "secret_unreadable" });
    expect(await backups.read()).toMatchObject({ problem: { of: "backup", code: "secret_unreadable" }, files: [] });
    await backups.change({ passphrase: "tram olive lantern" });
    expect(await backups.makeNow()).toMatchObject({ problem: null });
  });
});

describe("A trial restore", () => {
  test("that fails is told, takes nothing from the older backups, and is tried again with the next one", async () => {
    let isRotten = false;
    const backups = aService({
      runJob: (job, options) => {
        if (job.kind === "drill" && isRotten) {
          rot(job.file);
        }
        return realJobs(job, options);
      },
    });
    await backups.change({ schedule: { daily: 1, weekly: 0, monthly: 0, drill: "week" } });
    await madeOne(backups);
    isRotten = true;
    now += 8 * dayMs;
    await expect(backups.makeNow()).rejects.toMatchObject({ code: "backup_not_proven" });
    const state = await backups.read();
    expect(state.problem).toMatchObject({ of: "drill", details: { problem: expect.stringContaining("damaged") } });
    expect(state.files).toHaveLength(2);
    isRotten = false;
    now += dayMs;
    await backups.makeIfDue();
    expect(await backups.read()).toMatchObject({ problem: null, lastDrill: { at: now } });
  });

  test("that fails while the disk is short of room leaves the last backup that was proven", async () => {
    let free = 1e12;
    let isRotten = false;
    const backups = aService({
      freeBytesOf: () => free,
      runJob: async (job, options) => {
        if (job.kind === "drill" && isRotten) {
          throw new AppError("backup_not_proven", { file: job.file, problem: "it is damaged" });
        }
        return quickJobs(job, options);
      },
    });
    await madeOne(backups);
    now += dayMs;
    const proven = await madeOne(backups);
    isRotten = true;
    for (let day = 0; day < 2; day++) {
      now += dayMs;
      await expect(backups.makeNow()).rejects.toMatchObject({ code: "backup_not_proven" });
    }
    free = 1_000_000;
    now += dayMs;
    await expect(backups.makeNow()).rejects.toMatchObject({ code: "backup_no_space" });
    expect(inFolder()).toHaveLength(2);
    expect(inFolder()).toContain(proven);
  });

  test("once a week is not made with every backup", async () => {
    const kinds: string[] = [];
    const backups = aService({
      runJob: (job, options) => {
        kinds.push(job.kind);
        return quickJobs(job, options);
      },
    });
    await backups.change({ schedule: { drill: "week" } });
    await backups.makeIfDue();
    for (let day = 0; day < 9; day++) {
      now += dayMs;
      await backups.makeIfDue();
    }
    expect(kinds.filter((kind) => kind === "backup")).toHaveLength(9);
    expect(kinds.filter((kind) => kind === "drill")).toHaveLength(2);
  });
});

test("Two changes at the same moment both hold", async () => {
  const backups = aService({ runJob: quickJobs });
  await Promise.all([
    backups.change({ schedule: { daily: 3 } }),
    backups.change({ schedule: { weekly: 2 } }),
    backups.change({ schedule: { hour: 5 } }),
  ]);
  expect((await backups.read()).schedule).toMatchObject({ daily: 3, weekly: 2, hour: 5 });
});

describe("Two at a time", () => {
  test("are refused; the state tells how far the first one is", async () => {
    const gate = Promise.withResolvers<void>();
    const backups = aService({
      runJob: async (job, options) => {
        options.onProgress({ phase: "writing", percent: 40 });
        await gate.promise;
        return quickJobs(job, options);
      },
    });
    await backups.start();
    await vi.waitFor(async () => {
      expect((await backups.read()).running).toEqual({ phase: "writing", percent: 40 });
    });
    await expect(backups.start()).rejects.toMatchObject({ code: "backup_running" });
    expect(await backups.makeIfDue()).toBe(0);
    gate.resolve();
    await vi.waitFor(async () => expect((await backups.read()).running).toBeNull());
    expect((await backups.read()).files).toHaveLength(1);
  });
});

test("A server that stops begins no backup any more", async () => {
  const backups = aService({ runJob: quickJobs });
  await backups.stop();
  await expect(backups.start()).rejects.toMatchObject({ code: "backup_cut_off" });
  expect((await backups.read()).files).toEqual([]);
});

describe("A `shobar backup` that runs meanwhile", () => {
  const refuseOnce = (refused: "backup" | "drill"): RunBackupJob => {
    let isHeld = true;
    return async (job, options) => {
      if (job.kind === refused && isHeld) {
        isHeld = false;
        throw new AppError("backup_running", { folder: job.dataFolder });
      }
      return quickJobs(job, options);
    };
  };

  test("is no failure: the scheduled one is made a minute later, not an hour", async () => {
    const backups = aService({ runJob: refuseOnce("backup") });
    await backups.makeIfDue();
    now += dayMs;
    expect(await backups.makeIfDue()).toBe(0);
    expect((await backups.read()).problem).toBeNull();
    now += 60_000;
    expect(await backups.makeIfDue()).toBe(1);
    expect(complaints).toEqual([]);
  });

  test("is waited for by the trial restore", async () => {
    const backups = aService({ runJob: refuseOnce("drill") });
    await madeOne(backups);
    expect(await backups.read()).toMatchObject({ problem: null, lastDrill: { at: now } });
  });

  test("and leftovers of a killed one go once it has ended, also where backups are switched off", async () => {
    const backups = aService({ runJob: quickJobs });
    const mark = (await madeOne(backups)).slice(7, 15);
    const partial = `shobar-${mark}-2026-11-24T02-00-00Z.shobar.partial`;
    writeFileSync(join(dataFolder, "backups", partial), "half");
    mkdirSync(join(dataFolder, "restore-drill"));
    for (const name of ["backup-copy.db", "restore-copy.db", "rollback-copy.db"]) {
      writeFileSync(join(dataFolder, name), "half");
    }
    const next = aService({ runJob: quickJobs });
    await next.change({ schedule: { every: "off" } });
    {
      using _running = lockBackups(dataFolder);
      await next.makeIfDue();
      expect(inFolder()).toContain(partial);
    }
    await next.makeIfDue();
    expect(inFolder()).not.toContain(partial);
    expect(readdirSync(dataFolder).filter((name) => /copy|drill/.test(name))).toEqual([]);
  });
});

test("A server that stops cuts a backup off, and it is due again at once when the server is back", async () => {
  const begun = Promise.withResolvers<void>();
  const cutOff = aService({
    runJob: (_, { signal }) => {
      begun.resolve();
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
    },
  });
  await cutOff.makeIfDue();
  now += dayMs;
  const making = cutOff.makeIfDue();
  await begun.promise;
  await cutOff.stop();
  await making;
  expect((await cutOff.read()).problem).toBeNull();
  expect(await aService({ runJob: quickJobs }).makeIfDue()).toBe(1);
});

async function madeOne(backups: Backups): Promise<string> {
  return (await backups.makeNow()).lastBackup?.name ?? "";
}

/** A disk that changes a byte after the file was written. */
function rot(file: string): void {
  const bytes = readFileSync(file);
  bytes[bytes.length - 500]! ^= 1;
  writeFileSync(file, bytes);
}
