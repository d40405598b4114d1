// Backups of a server that is writing, and of one that was killed; and putting them back.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startTestServer, type TestServer } from "../support/start-test-server.ts";
import { runProgram } from "./run-program.ts";

let folder: string;
let data: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shobar-backups-"));
  data = join(folder, "data");
  file = join(folder, "monday.shobar");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const withPassphrase = { environment: { SHOBAR_BACKUP_PASSPHRASE: "open sesame" } };
const serve = (): Promise<TestServer> => startTestServer({ dataFolder: data, flags: ["--no-starter"] });
const backup = (options = {}) => runProgram(["backup", file, "--data", data, "--json"], options);
const restore = (options = {}) => runProgram(["restore", file, "--data", data, "--json"], options);

async function makeKey({ url }: TestServer, headers: Record<string, string>, name: string): Promise<void> {
  const response = await fetch(`${url}/api/api-keys`, { method: "POST", headers, body: JSON.stringify({ name }) });
  expect(response.ok).toBe(true);
}

async function keyNames({ url }: TestServer, headers: Record<string, string>): Promise<string[]> {
  const names: string[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const response = await fetch(`${url}/api/api-keys${cursor && `?cursor=${cursor}`}`, { headers });
    const page = (await response.json()) as { items: { name: string }[]; nextCursor: string | null };
    names.push(...page.items.map(({ name }) => name));
    cursor = page.nextCursor;
  }
  return names;
}

describe("A backup", () => {
  test("of a server that is writing has all that was acknowledged before, and comes back as one moment", async () => {
    const server = await serve();
    const headers = await server.claim();
    await makeKey(server, headers, "before");
    let isOver = false;
    const acknowledged: string[] = [];
    const writing = (async () => {
      for (let number = 0; !isOver; number++) {
        await makeKey(server, headers, `key ${number}`);
        acknowledged.push(`key ${number}`);
      }
    })();
    await vi.waitUntil(() => acknowledged.length >= 3);
    const acknowledgedBefore = acknowledged.length;
    const { code, stdout } = await backup(withPassphrase);
    isOver = true;
    await writing;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      file,
      isEncrypted: true,
      migrations: expect.arrayContaining(["0001-first"]),
      models: [],
    });
    expect(acknowledged.length).toBeGreaterThan(acknowledgedBefore);
    await makeKey(server, headers, "after");
    await server.stop();

    expect((await restore(withPassphrase)).code).toBe(0);
    await using next = await serve();
    const names = await keyNames(next, headers);
    expect(names).toContain("before");
    expect(names).not.toContain("after");
    const kept = names.filter((name) => name.startsWith("key ")).toSorted();
    expect(kept).toEqual(acknowledged.slice(0, kept.length).toSorted());
    expect(kept.length).toBeGreaterThanOrEqual(acknowledgedBefore);
  });

  test("after kill -9 has what is still in the database's log, and the replaced database is kept", async () => {
    const killed = await serve();
    const headers = await killed.claim();
    await makeKey(killed, headers, "before");
    await killed.stop("SIGKILL");
    expect((await backup()).code).toBe(0);
    const { stdout } = await restore();
    const { kept } = JSON.parse(stdout) as { kept: string };
    expect(kept).toMatch(/shobar-before-restore-[\d-]+T[\d-]+\.db$/);
    expect(existsSync(kept)).toBe(true);
    {
      await using next = await serve();
      expect(await keyNames(next, headers)).toEqual(["before"]);
      await makeKey(next, headers, "later");
      await next.stop();
    }
    // The same backup into an empty folder: another machine.
    data = join(folder, "other");
    expect(JSON.parse((await restore()).stdout)).toMatchObject({ kept: null });
    await using other = await serve();
    expect(await keyNames(other, headers)).toEqual(["before"]);
  });

  test("lists the models that are not in it, and the restore names those that are missing", async () => {
    await runProgram(["users", "list", "--data", data]);
    writeFileSync(join(data, "models", "big.gguf"), "12345");
    expect(JSON.parse((await backup()).stdout)).toMatchObject({ models: [{ file: "big.gguf", bytes: 5 }] });
    expect(JSON.parse((await restore()).stdout)).toMatchObject({ missingModels: [] });
    rmSync(join(data, "models", "big.gguf"));
    expect(JSON.parse((await restore()).stdout)).toMatchObject({ missingModels: ["big.gguf"] });
  });
});

describe("What is refused", () => {
  async function expectRefusal(code: string, exitCode: number, options = {}): Promise<void> {
    const before = readFileSync(join(data, "shobar.db"));
    const names = readdirSync(data);
    const end = await restore(options);
    expect(JSON.parse(end.stderr)).toMatchObject({ error: { code } });
    expect(end.code).toBe(exitCode);
    expect(readFileSync(join(data, "shobar.db")).equals(before)).toBe(true);
    expect(readdirSync(data).filter((name) => !names.includes(name) && name !== "backup-lock")).toEqual([]);
  }

  test("a wrong passphrase, none, a damaged and a foreign file leave everything as it is", async () => {
    await runProgram(["users", "list", "--data", data]);
    await backup(withPassphrase);
    await expectRefusal("backup_passphrase_needed", 17);
    await expectRefusal("backup_passphrase_wrong", 17, { environment: { SHOBAR_BACKUP_PASSPHRASE: "other" } });
    const whole = readFileSync(file);
    writeFileSync(file, whole.fill(0, whole.length - 100, whole.length - 50));
    await expectRefusal("backup_invalid", 17, withPassphrase);
    writeFileSync(file, "a letter");
    await expectRefusal("backup_invalid", 17);
    rmSync(file);
    await expectRefusal("backup_unreadable", 17);
  });

  test("a restore while a server runs on the folder, which goes on", async () => {
    await using server = await serve();
    const headers = await server.claim();
    expect((await backup()).code).toBe(0);
    const end = await restore();
    expect(end.code).toBe(12);
    expect(JSON.parse(end.stderr)).toMatchObject({ error: { code: "data_folder_locked" } });
    await makeKey(server, headers, "still here");
  });

  test("a backup of a folder without a database, into a missing folder, or over another file", async () => {
    const none = await backup();
    expect([none.code, JSON.parse(none.stderr)]).toMatchObject([11, { error: { code: "database_missing" } }]);
    await runProgram(["users", "list", "--data", data]);
    const over = await runProgram(["backup", join(data, "shobar.db"), "--data", data]);
    expect(over).toMatchObject({ code: 16, stderr: expect.stringContaining("there is another file of that name") });
    const nowhere = await runProgram(["backup", join(folder, "no", "x.shobar"), "--data", data]);
    expect(nowhere).toMatchObject({ code: 16, stderr: expect.stringContaining("there is no such folder") });
    expect(readdirSync(data).filter((name) => name.includes("copy"))).toEqual([]);
  });

  test("a passphrase file that is missing or empty", async () => {
    await runProgram(["users", "list", "--data", data]);
    const passphraseFile = join(folder, "passphrase");
    const words = ["backup", file, "--data", data, "--passphrase-file", passphraseFile];
    expect((await runProgram(words)).stderr).toContain("cannot be read: there is no such file");
    writeFileSync(passphraseFile, "\n");
    expect(await runProgram(words)).toMatchObject({ code: 2, stderr: expect.stringContaining("is empty") });
    writeFileSync(passphraseFile, "open sesame\n");
    expect((await runProgram(words)).code).toBe(0);
    expect((await restore(withPassphrase)).code).toBe(0);
  });
});
