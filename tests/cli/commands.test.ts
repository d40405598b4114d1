// Commands beside a running server and without one.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../support/start-test-server.ts";
import { runProgram } from "./run-program.ts";

let parent: string;
beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), "shobar-commands-"));
});
afterAll(() => rmSync(parent, { recursive: true, force: true }));

interface CommandAnswer {
  readonly user: { readonly email: string };
  readonly users: readonly unknown[];
  readonly models: readonly unknown[];
  readonly password: string;
  readonly key: { readonly id: string };
  readonly secret: string;
}

async function answerOf(data: string, ...words: string[]): Promise<CommandAnswer> {
  const { code, stdout, stderr } = await runProgram([...words, "--data", data, "--json"]);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return JSON.parse(stdout) as CommandAnswer;
}

async function signIn(server: TestServer, email: string, password: string): Promise<number> {
  const response = await fetch(`${server.url}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, password }),
  });
  return response.status;
}

describe("While the server runs", () => {
  // A path longer than a socket's may be: the commands find it all the same.
  const deep = "a-folder-with-a-long-name/".repeat(6);

  test.each(["short", deep])("a member made by a command signs in at once (data folder %s)", async (name) => {
    const data = join(parent, name);
    await using server = await startTestServer({ dataFolder: data, flags: ["--no-starter"] });
    const { user, password } = await answerOf(data, "users", "create", "--email", "bo@example.org", "--name", "Bo");
    expect(user).toMatchObject({ email: "bo@example.org", role: "member" });
    expect(await signIn(server, "bo@example.org", password)).toBe(200);
    const { users } = await answerOf(data, "users", "list");
    expect(users).toHaveLength(1);
  });

  test("a key made by a command works until a command revokes it", async () => {
    const data = join(parent, "keys");
    await using server = await startTestServer({ dataFolder: data, flags: ["--no-starter"] });
    await server.claim();
    const { key, secret } = await answerOf(data, "keys", "create", "--name", "laptop");
    const headers = { authorization: `Bearer ${secret}` };
    expect((await fetch(`${server.url}/v1/models`, { headers })).status).toBe(200);
    await answerOf(data, "keys", "revoke", key.id);
    expect((await fetch(`${server.url}/v1/models`, { headers })).status).toBe(401);
  });

  test("a new password ends the sessions of the old one, and a disabled person is out", async () => {
    const data = join(parent, "passwords");
    await using server = await startTestServer({ dataFolder: data, flags: ["--no-starter"] });
    const first = await answerOf(data, "users", "create", "--email", "bo@example.org", "--name", "Bo");
    const second = await answerOf(data, "users", "reset-password", "--email", "bo@example.org");
    expect(await signIn(server, "bo@example.org", first.password)).toBe(401);
    expect(await signIn(server, "bo@example.org", second.password)).toBe(200);
    await answerOf(data, "users", "disable", "--email", "bo@example.org");
    expect(await signIn(server, "bo@example.org", second.password)).toBe(401);
    await answerOf(data, "users", "enable", "--email", "bo@example.org");
    expect(await signIn(server, "bo@example.org", second.password)).toBe(200);
  });

  test("what its rules refuse is refused with the same sentence", async () => {
    const data = join(parent, "refusals");
    await using _server = await startTestServer({ dataFolder: data, flags: ["--no-starter"] });
    await answerOf(data, "users", "create", "--email", "bo@example.org", "--name", "Bo");
    const again = await runProgram(["users", "create", "--email", "bo@example.org", "--name", "Bo", "--data", data]);
    expect(again).toMatchObject({ code: 1, stdout: "", stderr: "An account with this email already exists.\n" });
    const question = await runProgram(["ask", "Why?", "--data", data]);
    expect(question.stderr).toMatch(/^There is no model on this server yet\./);
  });
});

describe("Without a server", () => {
  test("commands work on the data folder alone, and a server started later finds what they did", async () => {
    const data = join(parent, "alone");
    const { password } = await answerOf(
      data,
      "users",
      "create",
      "--email",
      "bo@example.org",
      "--name",
      "Bo",
      "--role",
      "admin",
    );
    expect((await answerOf(data, "models", "list", "--no-starter")).models).toEqual([]);
    await using server = await startTestServer({ dataFolder: data, flags: ["--no-starter"] });
    expect(await signIn(server, "bo@example.org", password)).toBe(200);
  });

  test("a key needs an owner", async () => {
    const end = await runProgram(["keys", "create", "--name", "x", "--data", join(parent, "nobody")]);
    expect(end.code).toBe(1);
    expect(end.stderr).toMatch(/^This server has no owner yet\. Open the link .*--user/);
  });

  test.each([
    [["users", "create", "--name", "Bo"], "--email is missing."],
    [
      ["users", "create", "--email", "bo@example.org", "--name", "Bo", "--role", "king"],
      "--role must be member or admin",
    ],
    [["users", "invite", "--role", "king"], "--role must be owner, admin, member"],
    [["users", "invite", "--days", "2"], "--days must be 1, 7, 30"],
    [["users", "role", "bo@example.org"], "--role is missing."],
    [["users", "remove", "bo@example.org"], "--chats is missing."],
    [["users", "remove", "bo@example.org", "--chats", "burn"], "--chats must be delete or keep"],
    [["users", "reset-link"], "the person's email is missing."],
    [["keys", "revoke"], "the key's id is missing."],
    [["ask"], "There is no question."],
  ])("%j says what is missing", async (words, sentence) => {
    const end = await runProgram([...words, "--data", join(parent, "missing")]);
    expect(end.code).toBe(2);
    expect(end.stderr).toContain(sentence);
  });
});
