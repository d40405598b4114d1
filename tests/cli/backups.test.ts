// The backups that a server makes by itself, from the command line beside it, and what a restored one gives back.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { BackupsState } from "../../src/features/backups/contract.ts";
import { newId } from "../../src/platform/new-id.ts";
import { startTestServer, type TestServer } from "../support/start-test-server.ts";
import { runProgram } from "./run-program.ts";

let folder: string;
let data: string;
let passphraseFile: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shobar-scheduled-"));
  data = join(folder, "data");
  passphraseFile = join(folder, "passphrase");
  writeFileSync(passphraseFile, "correct horse battery\n");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const serve = (dataFolder = data): Promise<TestServer> => startTestServer({ dataFolder });

async function backups(...words: string[]): Promise<BackupsState> {
  const { code, stdout, stderr } = await runProgram(["backups", ...words, "--data", data, "--json"]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as BackupsState;
}

async function ask(server: TestServer, headers: Record<string, string>, method: string, path: string, body?: object) {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: response.status, body: (await response.json()) as Record<string, never> };
}

describe("Backups of a running server", () => {
  test("are made now on request, encrypted, proven, downloaded by the owner, and give back a chat, a key and a session", async () => {
    const server = await serve();
    const headers = await server.claim();
    const chatId = newId();
    await ask(server, headers, "POST", "/api/chats", { chatId, messageId: newId(), text: "What is in the lease?" });
    const { secret } = (await ask(server, headers, "POST", "/api/api-keys", { name: "laptop" })).body;
    expect(await backups("list")).toMatchObject({
      schedule: { every: "day", hour: 2 },
      hasPassphrase: false,
      files: [],
    });
    const wanted = join(folder, "disk");
    mkdirSync(wanted);
    await backups(
      "schedule",
      "--every",
      "6",
      "--folder",
      wanted,
      "--keep",
      "3,2,1",
      "--passphrase-file",
      passphraseFile,
    );
    const made = await backups("now");
    expect(made).toMatchObject({
      folder: wanted,
      hasPassphrase: true,
      problem: null,
      schedule: { hours: 6, weekly: 2 },
    });
    expect(made.lastDrill?.name).toBe(made.lastBackup?.name);
    expect(made.files).toMatchObject([{ isEncrypted: true }]);
    const { name = "" } = made.files[0] ?? {};
    const download = await fetch(`${server.url}/api/backups/${name}`, { headers });
    expect(download.headers.get("content-disposition")).toContain(name);
    const copy = join(folder, "downloaded.shobar");
    writeFileSync(copy, Buffer.from(await download.arrayBuffer()));
    await server.stop();

    // On another machine, from the downloaded file.
    const other = join(folder, "other");
    const restored = await runProgram(["restore", copy, "--data", other, "--passphrase-file", passphraseFile]);
    expect(restored).toMatchObject({ code: 0 });
    await using next = await serve(other);
    expect((await ask(next, headers, "GET", "/api/me")).body).toMatchObject({ email: "ana@example.org" });
    const chat = await ask(next, headers, "GET", `/api/chats/${chatId}/messages`);
    expect(chat.body).toMatchObject({ items: [{ text: "What is in the lease?" }, { role: "assistant" }] });
    const models = await fetch(`${next.url}/v1/models`, { headers: { authorization: `Bearer ${String(secret)}` } });
    expect(models.status).toBe(200);
  });

  test("say what is wrong with a schedule, and keep the one that was", async () => {
    const refused = await runProgram(["backups", "schedule", "--data", data, "--folder", join(folder, "no", "where")]);
    expect(refused).toMatchObject({ code: 16, stderr: expect.stringContaining("the folder above it is not there") });
    const wrong = await runProgram(["backups", "schedule", "--data", data, "--every", "sometimes"]);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('"sometimes" is no whole number') });
    const late = await runProgram(["backups", "schedule", "--data", data, "--hour", "24"]);
    expect(late.stderr).toContain("schedule.hour");
    expect((await backups("list")).schedule).toMatchObject({ every: "day", hour: 2, folder: null });
  });

  test("can be made without a server too", async () => {
    await runProgram(["users", "create", "--data", data, "--name", "Ana", "--email", "ana@example.org"]);
    expect(await backups("now")).toMatchObject({ folder: join(data, "backups"), problem: null, isSameDisk: true });
    const { stdout } = await runProgram(["backups", "list", "--data", data]);
    expect(stdout).toMatch(/Last proven restore: \d{4}-/);
    expect(stdout).toContain("same disk as the data");
  });
});
