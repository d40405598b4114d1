// An account's life from the terminal, beside a running server and without one.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TOTP } from "otpauth";
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
  readonly name: string;
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

describe("Two-factor of somebody whose phone is lost", () => {
  test.each(["beside a server", "without one"])(
    "is taken off by a command, %s, and everything else stays",
    async (how) => {
      const data = join(parent, `phone-${how}`);
      const flags = ["--no-starter"];
      let session: Record<string, string>;
      {
        await using server = await startTestServer({ dataFolder: data, flags });
        session = await server.claim();
        await turnOnTwoFactor(server, session);
        expect(await enter(server)).toEqual({ isSecondStepNeeded: true });
        expect(twoFactorOf(await answerOf(data, "users", "list"))).toEqual([[owner.email, true]]);
        const unknown = await refusalOf(data, "users", "reset-two-factor", "--email", "nobody@example.org");
        expect(unknown[0]).toBe(1);
        if (how === "beside a server") await takeOff(data);
      }
      if (how === "without one") await takeOff(data);
      await using server = await startTestServer({ dataFolder: data, flags });
      expect(await enter(server)).toMatchObject({ email: owner.email, role: "owner" });
      // Whoever has the phone may have a session too.
      expect((await fetch(`${server.url}/api/me`, { headers: session })).status).toBe(401);
      expect(await post(server, "/api/session", { ...owner, password: "another password" })).toBe(401);
    },
  );
});

const owner = { email: "ana@example.org", password: "correct horse battery staple" };

const twoFactorOf = ({ users }: CommandAnswer) => users.map(({ email, hasTwoFactor }) => [email, hasTwoFactor]);

async function takeOff(data: string): Promise<void> {
  const { code, stdout } = await runProgram([
    "users",
    "reset-two-factor",
    "--email",
    "ANA@example.org",
    "--data",
    data,
  ]);
  expect([code, stdout]).toEqual([0, expect.stringContaining("has no two-factor and no passkeys any more")]);
  expect(twoFactorOf(await answerOf(data, "users", "list"))).toEqual([[owner.email, false]]);
}

async function enter(server: TestServer): Promise<unknown> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify(owner);
  return (await fetch(`${server.url}/api/session`, { method: "POST", headers, body })).json();
}

async function turnOnTwoFactor(server: TestServer, headers: Record<string, string>): Promise<void> {
  const ask = async (path: string, body: object) =>
    (await fetch(`${server.url}${path}`, { method: "POST", headers, body: JSON.stringify(body) })).json();
  const { secret } = (await ask("/api/me/second-factor", { proof: owner.password })) as { secret: string };
  const code = new TOTP({ secret }).generate();
  expect(await ask("/api/me/second-factor/confirm", { code })).toHaveProperty("recoveryCodes");
}

describe("The organisation", () => {
  test("is named by a command, beside a server and without one, and the start says whose server it is", async () => {
    const data = join(parent, "named");
    expect((await answerOf(data, "organisation", "name", "রহমান টেক্সটাইল")).name).toBe("রহমান টেক্সটাইল");
    await using server = await startTestServer({ dataFolder: data, flags: ["--no-starter"] });
    expect(server.lines[0]).toMatchObject({ event: "listening", organisation: "রহমান টেক্সটাইল" });
    expect((await answerOf(data, "organisation", "name", "Rahman Textiles")).name).toBe("Rahman Textiles");
    const state = (await (await fetch(`${server.url}/api/server`)).json()) as { organisation: string };
    expect(state.organisation).toBe("Rahman Textiles");
    expect(await refusalOf(data, "organisation", "name", "x".repeat(61))).toEqual([1, expect.stringMatching(/name/)]);
    expect((await answerOf(data, "organisation", "name", "")).name).toBe("");
    const { stdout } = await runProgram(["organisation", "name", "--data", data]);
    expect(stdout).toBe("The organisation has no name; people see Shobar.\n");
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
