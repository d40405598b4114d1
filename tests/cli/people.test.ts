// An account's life from the terminal, beside a running server and without one.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Person } from "../../src/features/users/people-contract.ts";
import { startTestServer, type TestServer } from "../support/start-test-server.ts";
import { runProgram } from "./run-program.ts";

let parent: string;
beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), "shobar-people-commands-"));
});
afterAll(() => rmSync(parent, { recursive: true, force: true }));

interface CommandAnswer {
  readonly url: string;
  readonly user: Person;
  readonly users: readonly Person[];
}

async function answerOf(data: string, ...words: string[]): Promise<CommandAnswer> {
  const { code, stdout, stderr } = await runProgram([...words, "--data", data, "--json"]);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return JSON.parse(stdout) as CommandAnswer;
}

const refusalOf = async (data: string, ...words: string[]) => {
  const { code, stderr } = await runProgram([...words, "--data", data]);
  return [code, stderr.trim()];
};

async function post(server: TestServer, path: string, body: object): Promise<number> {
  const headers = { "content-type": "application/json" };
  return (await fetch(`${server.url}${path}`, { method: "POST", headers, body: JSON.stringify(body) })).status;
}

const tokenOf = (url: string): string => new URL(url).hash.replace("#token=", "");

const password = "seven green bicycles";

async function accept(server: TestServer, url: string, email: string): Promise<void> {
  const person = { name: "Somebody", email, password };
  expect(await post(server, "/api/invitations/accept", { token: tokenOf(url), ...person })).toBe(201);
}

const statesOf = ({ users }: CommandAnswer) => users.map(({ email, role, state }) => [email, role, state]);

describe("While the server runs", () => {
  test("people are invited, promoted, removed, brought back and let in again by commands", async () => {
    const data = join(parent, "running");
    await using server = await startTestServer({ dataFolder: data, flags: ["--no-starter"] });
    const { url } = await answerOf(data, "users", "invite", "--role", "owner", "--days", "1", "--note", "Ana");
    expect(url.startsWith(`${server.url}/invite#token=`)).toBe(true);
    await accept(server, url, "ana@example.org");
    const second = await answerOf(data, "users", "invite");
    await accept(server, second.url, "bo@example.org");

    const promoted = await answerOf(data, "users", "role", "BO@example.org", "--role", "admin");
    expect(promoted.user).toMatchObject({ role: "admin" });
    await answerOf(data, "users", "remove", "bo@example.org", "--chats", "keep");
    expect(await post(server, "/api/session", { email: "bo@example.org", password })).toBe(401);
    await answerOf(data, "users", "restore", "bo@example.org");
    expect(await post(server, "/api/session", { email: "bo@example.org", password })).toBe(200);

    const link = await answerOf(data, "users", "reset-link", "bo@example.org");
    const fresh = { token: tokenOf(link.url), password: "eight yellow bicycles" };
    expect(await post(server, "/api/reset-links/apply", fresh)).toBe(204);
    expect(await post(server, "/api/session", { email: "bo@example.org", password: fresh.password })).toBe(200);

    await answerOf(data, "users", "remove", "bo@example.org", "--chats", "delete");
    expect(statesOf(await answerOf(data, "users", "list"))).toEqual([["ana@example.org", "owner", "active"]]);
  });

  test("the last owner stays, and a lost one is let in again by a link", async () => {
    const data = join(parent, "owner");
    await using server = await startTestServer({ dataFolder: data, flags: ["--no-starter"] });
    expect((await refusalOf(data, "users", "reset-owner"))[1]).toMatch(/^This server has no owner yet\./);
    await accept(server, (await answerOf(data, "users", "invite", "--role", "owner")).url, "ana@example.org");
    const needed = "This server needs an owner, and this is the last one. Make somebody else an owner first.";
    for (const words of [
      ["role", "ana@example.org", "--role", "member"],
      ["disable", "--email", "ana@example.org"],
      ["remove", "ana@example.org", "--chats", "delete"],
    ]) {
      expect(await refusalOf(data, "users", ...words)).toEqual([1, needed]);
    }
    const { url } = await answerOf(data, "users", "reset-owner");
    const fresh = { token: tokenOf(url), password: "eight yellow bicycles" };
    expect(await post(server, "/api/reset-links/apply", fresh)).toBe(204);
    expect(await post(server, "/api/session", { email: "ana@example.org", password: fresh.password })).toBe(200);

    await accept(server, (await answerOf(data, "users", "invite", "--role", "owner")).url, "bo@example.org");
    const [code, sentence] = await refusalOf(data, "users", "reset-owner");
    expect([code, sentence]).toEqual([2, expect.stringMatching(/several owners: ana@example\.org, bo@example\.org/)]);
    expect((await answerOf(data, "users", "reset-owner", "bo@example.org")).url).toContain("/reset#token=");
    expect((await refusalOf(data, "users", "reset-owner", "di@example.org"))[1]).toMatch(/^No owner of this server/);
  });
});

describe("Without a server", () => {
  test("a link made by a command works once the server has started", async () => {
    const data = join(parent, "alone");
    const made = await answerOf(data, "users", "invite", "--role", "owner", "--port", "8123");
    expect(made.url.startsWith("http://localhost:8123/invite#token=")).toBe(true);
    {
      await using server = await startTestServer({ dataFolder: data, flags: ["--no-starter"] });
      await accept(server, made.url, "ana@example.org");
    }
    const { url } = await answerOf(data, "users", "reset-owner");
    await using server = await startTestServer({ dataFolder: data, flags: ["--no-starter"] });
    expect(
      await post(server, "/api/reset-links/apply", { token: tokenOf(url), password: "eight yellow bicycles" }),
    ).toBe(204);
  });
});
