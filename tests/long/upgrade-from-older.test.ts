// From an older program to this one and back, both real: what people made with the old one is there in the new one, and
// after a rollback the old one goes on with it.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Turn } from "../../src/features/chats/contract.ts";
import { migrations } from "../../src/platform/database/migrations/migrations.ts";
import { newId } from "../../src/platform/new-id.ts";
import { runProgram } from "../cli/run-program.ts";
import { type ApiClient, ask, demand, followRun, readAll, readMessages } from "../support/api-client.ts";
import { placeOlderProgram } from "../support/place-older-program.ts";
import { startTestServer, type TestServer } from "../support/start-test-server.ts";

let folder: string;
let dataFolder: string;
let program: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shobar-older-"));
  dataFolder = join(folder, "data");
  mkdirSync(join(folder, "older"));
  program = placeOlderProgram(join(folder, "older"), "src/platform/database/migrations/0002-settings.ts");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Made {
  readonly headers: Record<string, string>;
  readonly member: { readonly email: string; readonly password: string };
  readonly chats: ReadonlyMap<string, readonly string[]>;
  readonly apiKey: string;
}

async function askAndWait(client: ApiClient, text: string): Promise<string> {
  const ids = { chatId: newId(), messageId: newId() };
  const turn = await demand<Turn>(client, "POST", "/api/chats", { ...ids, text });
  const { id } = turn.answer.run!;
  // The starter would go on until its room is full.
  let pieces = 0;
  await followRun(client, id, ({ type }) => {
    if (type === "text-delta" && ++pieces === 20) void ask(client, "POST", `/api/runs/${id}/stop`);
  });
  return ids.chatId;
}

const textsOf = async (client: ApiClient, chatId: string): Promise<string[]> =>
  (await readMessages(client, chatId)).map(({ text, run }) => `${text} ${run?.status}`);

/** With the old program, as people do it. */
async function makeThings(server: TestServer): Promise<Made> {
  const headers = await server.claim();
  const client = { url: server.url, headers };
  const chats = new Map<string, readonly string[]>();
  for (const text of ["Say hello.", "ছোট একটা গল্প বলুন।"]) {
    const chatId = await askAndWait(client, text);
    chats.set(chatId, await textsOf(client, chatId));
  }
  await demand(client, "PATCH", "/api/me", { name: "আনা", theme: "dark", language: "bn" });
  const { secret } = await demand<{ secret: string }>(client, "POST", "/api/api-keys", { name: "laptop" });
  const email = "bimal@example.org";
  const words = ["users", "create", "--email", email, "--name", "বিমল", "--data", dataFolder, "--json"];
  const { password } = JSON.parse((await runProgram(words, { program })).stdout) as { password: string };
  return { headers, member: { email, password }, chats, apiKey: secret };
}

async function signInAs(url: string, body: { email: string; password: string }): Promise<number> {
  const headers = { "content-type": "application/json" };
  return (await fetch(`${url}/api/session`, { method: "POST", headers, body: JSON.stringify(body) })).status;
}

async function expectAll({ url }: TestServer, { headers, member, chats, apiKey }: Made): Promise<void> {
  const client = { url, headers };
  expect((await ask(client, "GET", "/api/me")).body).toMatchObject({ name: "আনা", theme: "dark", language: "bn" });
  for (const [chatId, texts] of chats) {
    expect(await textsOf(client, chatId)).toEqual(texts);
  }
  expect((await readAll<{ name: string }>(client, "/api/api-keys")).map(({ name }) => name)).toEqual(["laptop"]);
  const asked = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${apiKey}` } });
  expect(asked.status).toBe(200);
  expect(await signInAs(url, member)).toBeLessThan(300);
}

test("an older program's people, chats and keys are there after the upgrade, and it goes on with them after a rollback", async () => {
  const made = await (async () => {
    await using older = await startTestServer({ program, dataFolder });
    const things = await makeThings(older);
    await expectAll(older, things);
    await older.stop();
    return things;
  })();

  const { snapshot } = await (async () => {
    await using newer = await startTestServer({ dataFolder });
    const { upgrade } = newer.lines[0] as unknown as { upgrade: { snapshot: string } };
    expect(upgrade).toMatchObject({ migrations: migrations.slice(1).map(({ name }) => name) });
    await expectAll(newer, made);
    await askAndWait({ url: newer.url, headers: made.headers }, "Say hello again.");
    await newer.stop();
    return upgrade;
  })();

  // The older program says that it cannot read what the newer one has made of the folder, and leaves it as it is.
  await expect(startTestServer({ program, dataFolder })).rejects.toThrow(/newer|0002/);
  const listed = await runProgram(["rollback", "--list", "--data", dataFolder]);
  expect(listed.stdout).toContain(snapshot);
  const asked = await runProgram(["rollback", "--data", dataFolder]);
  expect(asked.stdout).toContain("2 messages, 1 chats, 0 accounts, 0 API keys");
  expect(await runProgram(["rollback", "--yes", "--data", dataFolder])).toMatchObject({ code: 0 });

  {
    await using older = await startTestServer({ program, dataFolder });
    await expectAll(older, made);
    await askAndWait({ url: older.url, headers: made.headers }, "Say hello once more.");
    await older.stop();
  }
  await using newer = await startTestServer({ dataFolder });
  await expectAll(newer, made);
  expect(await readAll({ url: newer.url, headers: made.headers }, "/api/chats")).toHaveLength(3);
});
