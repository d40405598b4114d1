// A data folder of version 0.1.0 under this program: what the start says, what stays, and the way back.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { migrations } from "../../src/platform/database/migrations/migrations.ts";
import { upgradeDataFolder } from "../../src/platform/backup/upgrade-data-folder.ts";
import type { UpgradeState } from "../../src/features/upgrades/contract.ts";
import { placeFirstVersion } from "../support/museum/open-museum.ts";
import { startTestServer } from "../support/start-test-server.ts";
import { runProgram } from "./run-program.ts";

let data: string;
beforeEach(() => {
  data = join(mkdtempSync(join(tmpdir(), "shobar-upgrades-")), "data");
  mkdirSync(data, { mode: 0o700 });
});
afterEach(() => rmSync(join(data, ".."), { recursive: true, force: true }));

const rollback = (...words: string[]) => runProgram(["rollback", "--data", data, ...words]);

function change(statement: string): void {
  const database = new DatabaseSync(join(data, "shobar.db"));
  database.exec(statement);
  database.close();
}

describe("A data folder of version 0.1.0", () => {
  test("is upgraded by the start, which says so once, and rollback goes back after it has said what that costs", async () => {
    placeFirstVersion(join(data, "shobar.db"));
    const server = await startTestServer({ dataFolder: data, flags: ["--no-starter"] });
    const { upgrade } = server.lines[0] as unknown as { upgrade: { snapshot: string } };
    expect(upgrade).toMatchObject({ fromVersion: "0.1.0", migrations: migrations.slice(1).map(({ name }) => name) });
    // While the server runs nothing is rolled back.
    expect(await rollback("--yes")).toMatchObject({ code: 12 });
    await server.stop();
    change("DELETE FROM chats WHERE deleted_at IS NULL; UPDATE users SET name = 'Later'");

    const listed = JSON.parse((await rollback("--list", "--json")).stdout) as { snapshots: { name: string }[] };
    expect(listed.snapshots.map(({ name }) => name)).toEqual([upgrade.snapshot]);
    const asked = await rollback();
    expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining("run it again with --yes") });
    expect(asked.stdout).toContain("0 messages, 0 chats, 0 accounts, 0 API keys");
    const done = await rollback("--yes");
    expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining("Start the program that you had before") });
    const database = new DatabaseSync(join(data, "shobar.db"), { readOnly: true });
    expect(database.prepare("SELECT count(*) AS count FROM users WHERE name = 'Ana Ruiz'").get()).toEqual({ count: 1 });
    expect(database.prepare("SELECT name FROM schema_migrations").all()).toEqual([{ name: "0001-first" }]);
    database.close();

    // This program once more: an upgrade again, and then a start as every other.
    await (await startTestServer({ dataFolder: data, flags: ["--no-starter"] })).stop();
    await using next = await startTestServer({ dataFolder: data, flags: ["--no-starter"] });
    expect(next.lines[0]).toMatchObject({ upgrade: null });
  });

  test("that is half migrated is refused with what to do, and stays as it is", async () => {
    placeFirstVersion(join(data, "shobar.db"));
    change("ALTER TABLE chats DROP COLUMN model_id");
    await expect(startTestServer({ dataFolder: data })).rejects.toThrow("the table chats is another one");
    expect(await runProgram(["users", "list", "--data", data])).toMatchObject({
      code: 13,
      stderr: expect.stringContaining("npm run -s shobar -- restore FILE"),
    });
  });
});

describe("A data folder of an earlier version", () => {
  test("is upgraded by the start, and the browser's pages tell what changed and the command that goes back, which does", async () => {
    // As the version before this one would have made it: without the newest change of the database.
    const older = { version: "0.0.9", migrations: migrations.slice(0, -1), now: Date.now() - 60_000 };
    await upgradeDataFolder({ dataFolder: data, databaseFile: join(data, "shobar.db"), ...older });
    const server = await startTestServer({ dataFolder: data, flags: ["--no-starter"] });
    const headers = await server.claim();
    const get = async <Answer>(path: string): Promise<Answer> =>
      (await fetch(`${server.url}${path}`, { headers })).json() as Promise<Answer>;
    const { changes } = (server.lines[0] as unknown as { upgrade: { changes: string[] } }).upgrade;
    const state = await get<UpgradeState>("/api/upgrades");
    expect(state).toMatchObject({ last: { fromVersion: "0.0.9", isSeen: false }, wayBack: { fromVersion: "0.0.9" } });
    const { items } = await get<{ items: { version: string; changes: string[] }[] }>("/api/upgrades/releases");
    expect(items[0]).toEqual({ version: state.version, changes });
    expect(changes.length).toBeGreaterThan(10);
    const seen = { method: "PUT", headers, body: JSON.stringify({ version: state.version }) };
    expect((await fetch(`${server.url}/api/upgrades/seen`, seen)).status).toBe(200);
    await server.stop();

    const again = await startTestServer({ dataFolder: data, flags: ["--no-starter"] });
    const response = await fetch(`${again.url}/api/upgrades`, { headers: await again.signIn() });
    expect(await response.json()).toMatchObject({ last: { isSeen: true } });
    await again.stop();
    const command = state.wayBack?.command ?? "";
    expect(command).toMatch(/^npm run -s shobar -- rollback --data /);
    const done = await runProgram([...command.split(" -- ")[1]!.split(" "), "--yes"]);
    expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining("Now start Shobar 0.0.9") });
  });
});
