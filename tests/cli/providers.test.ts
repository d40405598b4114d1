// A service outside from the command line, beside a server and without one; and what is left of its key on the disk.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type FakeProvider, startFakeProvider } from "../support/fake-provider.ts";
import { startTestServer } from "../support/start-test-server.ts";
import { type ProgramEnd, runProgram } from "./run-program.ts";

const key = "sk-canary-5d41402abc4b2a76b9719d911017c592";
let data: string;
let outside: FakeProvider;
beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), "shobar-providers-"));
  outside = await startFakeProvider();
  outside.key = key;
});
afterEach(async () => {
  await outside[Symbol.asyncDispose]();
  rmSync(data, { recursive: true, force: true });
});

const run = (words: readonly string[], input = ""): Promise<ProgramEnd> =>
  runProgram([...words, "--data", data], { input });
const add = (...words: string[]) =>
  run(["providers", "add", "other", "--url", outside.baseUrl, "--name", "Office GPU", ...words], `${key}\n`);

describe("A service outside", () => {
  test("is tried, added, asked, listed and removed without a server", async () => {
    const tried = await add();
    expect(tried.stdout).toContain("big\nsmall");
    expect((await run(["providers", "list"])).stdout).toContain("No service outside is used");
    expect((await add("--model", "big")).stdout).toContain("office-gpu/big");
    const asked = await run(["ask", "Hi", "--model", "office-gpu/big", "--no-starter"]);
    expect([asked.stdout.trim(), asked.stderr]).toEqual(["Hello from outside.", ""]);
    const listed = await run(["providers", "list"]);
    expect(listed.stdout).toMatch(/office-gpu +Office GPU +http:\S+ +…c592 +big/);
    expect((await run(["providers", "remove", "office-gpu"])).stdout).toContain("are removed");
    const gone = await run(["ask", "Hi", "--model", "office-gpu/big", "--no-starter"]);
    expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining("is not here")]);
  });

  test("that refuses the key, is not there or lacks a needed word is one sentence", async () => {
    outside.key = "another";
    const refused = await add("--model", "big");
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/^Office GPU refused the key: Incorrect API key provided: …/);
    const missing = await run(["providers", "add", "other"], key);
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining("--url is missing")]);
    expect((await run(["providers", "remove", "nobody"])).stderr).toContain("There is no such provider.");
  });
});

test("beside a running server: its key is nowhere on the disk, in no log and in no answer, and a wrong one neither", async () => {
  await using server = await startTestServer({ dataFolder: data, flags: ["--no-starter", "--log-level", "debug"] });
  const headers = await server.claim();
  const answers: string[] = [];
  const call = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    answers.push(JSON.stringify([...response.headers]), await response.clone().text());
    return response;
  };
  const wishes = { preset: "other", name: "Office GPU", baseUrl: outside.baseUrl, models: ["big"] };
  expect((await call("POST", "/api/providers", { ...wishes, key: `${key}-wrong` })).status).toBe(503);
  const added = await call("POST", "/api/providers", { ...wishes, key });
  expect(added.status).toBe(201);
  const { id } = (await added.json()) as { id: string };
  expect((await call("GET", "/api/providers")).status).toBe(200);
  outside.answer = (response) => void response.writeHead(500).end(`{"error":{"message":"no ${key}"}}`);
  const asked = await run(["ask", "Hi", "--model", "office-gpu/big"]);
  expect(asked.stderr).toContain("Office GPU could not answer: no …");
  expect((await call("PATCH", `/api/providers/${id}`, { key: `${key}-wrong` })).status).toBe(503);
  expect(await server.stop()).toBe(0);
  answers.push(asked.stdout, asked.stderr, server.errors(), JSON.stringify(server.lines));
  const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const kept = files.map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"));
  expect(kept.join("").length).toBeGreaterThan(10_000);
  expect(kept.some((content) => content.includes("outgoing-call"))).toBe(true);
  for (const place of [...answers, ...kept]) expect(place).not.toContain(key.slice(0, 20));
});
