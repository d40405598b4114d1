import {
  chownSync,
  cpSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { addKeys, readKeyFile } from "../secrets/key-file.ts";
import { backUpDataFolder, lockBackups } from "./back-up-data-folder.ts";
import { deriveBackupKey } from "./backup-seal.ts";
import { restoreDataFolder } from "./restore-data-folder.ts";
import { writeBackup } from "./write-backup.ts";

let folder: string;
let data: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shobar-restore-"));
  data = join(folder, "data");
  file = join(folder, "monday.shobar");
  mkdirSync(data);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Still open, so that what it wrote is in its log. */
function openWith(name: string, note: string, migration = "0001-first"): DatabaseSync {
  const database = new DatabaseSync(name);
  database.exec(`PRAGMA journal_mode = WAL;
    CREATE TABLE schema_migrations (name TEXT PRIMARY KEY); INSERT INTO schema_migrations VALUES ('${migration}');
    CREATE TABLE notes (text TEXT UNIQUE); INSERT INTO notes VALUES ('${note}')`);
  return database;
}

function noteIn(name: string): unknown {
  const database = new DatabaseSync(name);
  try {
    return database.prepare("SELECT text FROM notes").get()?.["text"];
  } finally {
    database.close();
  }
}

async function makeBackup(note: string, migration?: string, source = join(folder, "source")): Promise<void> {
  mkdirSync(source, { recursive: true });
  using _database = openWith(join(source, "shobar.db"), note, migration);
  await backUpDataFolder({ dataFolder: source, file, passphrase: null, version: "9.9.9", now: 0 });
  expect(readdirSync(source).filter((name) => name.includes("copy"))).toEqual([]);
}

const restore = () => restoreDataFolder({ dataFolder: data, file, passphrase: null, now: 0 });

describe("A restore", () => {
  test("leaves everything as the folder's owner's where root does it, and nothing outside that a link leads to", async () => {
    await makeBackup("new");
    openWith(join(data, "shobar.db"), "old").close();
    const outside = join(folder, "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, "shadow"), "");
    symlinkSync(outside, join(data, "link"));
    linkSync(join(outside, "shadow"), join(data, "second-name"));
    // Only root can give the folder to somebody; for everybody else all of it is their own.
    if (process.getuid!() === 0) chownSync(data, 12_345, 12_345);
    await restore();
    const { uid } = lstatSync(data);
    const entries = readdirSync(data).filter((name) => name !== "second-name");
    expect(entries).toEqual(expect.arrayContaining(["shobar.db", "log", "lock", "backup-lock"]));
    expect(entries.filter((name) => lstatSync(join(data, name)).uid !== uid)).toEqual([]);
    for (const path of [outside, join(outside, "shadow")]) expect(lstatSync(path).uid).toBe(process.getuid!());
  });

  test("keeps the old database whole, with what a crash had left in its log, which does not reach the new one", async () => {
    await makeBackup("new");
    const live = join(folder, "live.db");
    using _database = openWith(live, "old");
    for (const suffix of ["", "-wal"]) {
      cpSync(live + suffix, join(data, `shobar.db${suffix}`));
    }
    const { kept } = await restore();
    expect(noteIn(join(data, "shobar.db"))).toBe("new");
    expect(noteIn(kept!)).toBe("old");
  });

  test("plays no log into the new database that was left without its own", async () => {
    await makeBackup("new");
    using _database = openWith(join(folder, "live.db"), "old");
    cpSync(join(folder, "live.db-wal"), join(data, "shobar.db-wal"));
    expect((await restore()).kept).toBeNull();
    expect(noteIn(join(data, "shobar.db"))).toBe("new");
  });

  test("replaces a database that is damaged, and keeps that too, each time under a name of its own", async () => {
    await makeBackup("new");
    writeFileSync(join(data, "shobar.db"), "no database at all".repeat(1000));
    writeFileSync(join(data, "shobar.db-wal"), "its log");
    const { kept } = await restore();
    expect(noteIn(join(data, "shobar.db"))).toBe("new");
    expect(readFileSync(kept!, "utf8")).toContain("no database at all");
    expect(readFileSync(`${kept}-wal`, "utf8")).toBe("its log");
    expect((await restore()).kept).not.toBe(kept);
  });

  test("refuses what a newer version made, and leaves not even a folder", async () => {
    await makeBackup("new", "9999-later");
    rmSync(data, { recursive: true });
    await expect(restore()).rejects.toMatchObject({ code: "backup_newer", details: { version: "9.9.9" } });
    expect(existsSync(data)).toBe(false);
  });

  test("refuses a database that is damaged though it was sealed so, and changes nothing", async () => {
    const damaged = join(folder, "damaged.db");
    {
      using database = openWith(damaged, "needle");
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    const bytes = readFileSync(damaged);
    // In the index, which comes last, and no longer as in the table.
    bytes.write("noodle", bytes.lastIndexOf("needle"));
    writeFileSync(damaged, bytes);
    const manifest = { createdAt: 0, version: "1", migrations: [], databaseBytes: bytes.length, models: [] };
    const rest = { secretsKeys: null, passphrase: null, deriveKey: deriveBackupKey };
    await writeBackup({ file, databaseFile: damaged, manifest, ...rest });
    await expect(restore()).rejects.toThrow("the database in it is damaged");
    expect(readdirSync(data).filter((name) => name.endsWith(".db"))).toEqual([]);
  });

  test("brings the key of the secrets with it, and the old one stays for the old database", async () => {
    const [theirs, ours] = [randomBytes(32), randomBytes(32)];
    await addKeys(data, [ours]);
    mkdirSync(join(folder, "keys"));
    await addKeys(join(folder, "keys"), [theirs]);
    await makeBackup("new", "0001-first", join(folder, "keys"));
    await restore();
    expect(readKeyFile(data)).toEqual([theirs, ours]);
  });

  test("waits for nobody: while a backup of the folder runs it is refused", async () => {
    await makeBackup("new");
    using _lock = lockBackups(data);
    await expect(restore()).rejects.toMatchObject({ code: "backup_running" });
    expect(existsSync(join(data, "shobar.db"))).toBe(false);
  });
});

test("a backup of a damaged database is refused, and no file is made", async () => {
  using database = openWith(join(data, "shobar.db"), "old");
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  writeFileSync(join(data, "shobar.db"), readFileSync(join(data, "shobar.db")).fill(0xa5, 4096));
  await expect(
    backUpDataFolder({ dataFolder: data, file, passphrase: null, version: "1", now: 0 }),
  ).rejects.toMatchObject({ code: "database_damaged" });
  expect(existsSync(file)).toBe(false);
});
