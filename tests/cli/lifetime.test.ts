// Starting, stopping, being killed and starting again.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startTestServer } from "../support/start-test-server.ts";
import { runProgram } from "./run-program.ts";

let dataFolder: string;
beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), "shobar-life-"));
});
afterEach(() => rmSync(dataFolder, { recursive: true, force: true }));

const withoutModel = ["--no-starter"];

describe("A server", () => {
  test.each(["SIGINT", "SIGTERM"] as const)("ends cleanly on %s and lets go of its folder", async (signal) => {
    await using server = await startTestServer({ dataFolder, flags: withoutModel });
    expect(await server.stop(signal)).toBe(0);
    const events = server.lines.map(({ event }) => event);
    expect(events[0]).toBe("listening");
    expect(events.slice(-2)).toEqual(["stopping", "stopped"]);
    expect(existsSync(join(dataFolder, "server.json"))).toBe(false);
    expect(existsSync(join(dataFolder, "control.sock"))).toBe(false);
  });

  test.runIf(process.platform !== "win32")(
    "ends cleanly when its whole group of processes is told, which tells it more than once",
    async () => {
      await using server = await startTestServer({ dataFolder, flags: withoutModel });
      const ended = server.stop("SIGTERM");
      server.process.kill("SIGTERM");
      server.process.kill("SIGINT");
      expect(await ended).toBe(0);
      expect(server.lines.at(-1)?.event).toBe("stopped");
    },
  );

  test("prints the owner's link once; a second start finds the owner, their session and everything else", async () => {
    let headers: Record<string, string>;
    {
      await using first = await startTestServer({ dataFolder, flags: withoutModel });
      expect(first.setupUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/setup#token=[\w-]{43}$/);
      headers = await first.claim();
      await expect(first.claim()).rejects.toThrow("409");
      await first.stop();
    }
    await using second = await startTestServer({ dataFolder, flags: withoutModel });
    expect(second.setupUrl).toBeNull();
    const me = await fetch(`${second.url}/api/me`, { headers });
    expect(await me.json()).toMatchObject({ email: "ana@example.org", role: "owner" });
    await expect(second.signIn()).resolves.toHaveProperty("cookie");
  });

  test("starts again after kill -9 with what it had acknowledged", async () => {
    const killed = await startTestServer({ dataFolder, flags: withoutModel });
    const headers = await killed.claim();
    await killed.stop("SIGKILL");
    await using next = await startTestServer({ dataFolder, flags: withoutModel });
    expect((await fetch(`${next.url}/api/me`, { headers })).status).toBe(200);
  });

  test("without a model says so and serves everything else", async () => {
    await using server = await startTestServer({ dataFolder, flags: withoutModel });
    const line = await server.waitFor("model");
    expect(line).toMatchObject({ id: null });
    const ready = await fetch(`${server.url}/readyz`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ status: "degraded", database: "ready" });
  });

  test("says so of a models folder that is not there", async () => {
    const missing = join(dataFolder, "nowhere");
    await using server = await startTestServer({ dataFolder, flags: [...withoutModel, "--models", missing] });
    const { warnings } = await server.waitFor("listening");
    expect(warnings).toEqual([expect.stringContaining(`There is no models folder ${missing}`)]);
  });

  test("keeps what it writes from other users of the machine, and its log free of secrets", async () => {
    await using server = await startTestServer({ dataFolder, flags: [...withoutModel, "--log-level", "debug"] });
    const headers = await server.claim();
    await fetch(`${server.url}/api/me?token=in-the-address`, {
      headers: { ...headers, authorization: "Bearer in-a-header" },
    });
    await server.stop();
    for (const name of ["shobar.db", "log/shobar.log", "lock"]) {
      expect(statSync(join(dataFolder, name)).mode & 0o077, name).toBe(0);
    }
    const log = readFileSync(join(dataFolder, "log", "shobar.log"), "utf8");
    expect(log).toContain('"event":"request-end"');
    for (const secret of [
      headers["cookie"]!.split("=")[1]!,
      server.setupUrl!.split("token=")[1]!,
      "correct horse",
      "in-the-address",
      "in-a-header",
    ]) {
      expect(log).not.toContain(secret);
    }
  });

  test("shows people one calm screen with the address, the link, the folder and how to stop", async () => {
    const end = await runProgram(["serve", "--port", "0", "--data", dataFolder, ...withoutModel], {
      environment: { SSH_CONNECTION: "10.0.0.1 5 10.0.0.2 22" },
      nodeFlags: ["--import", stopSoon],
    });
    expect(end.code).toBe(0);
    expect(end.stderr).toBe("");
    expect(end.stdout).toMatch(/Address +http:\/\/127\.0\.0\.1:(\d+)\n/);
    expect(end.stdout).toMatch(/ssh -L (\d+):127\.0\.0\.1:\1 \S+@10\.0\.0\.2/);
    expect(end.stdout).toMatch(/\/setup#token=/);
    expect(end.stdout).toContain(dataFolder);
    expect(end.stdout).toMatch(/Stop +Ctrl-C/);
    expect(end.stdout).toContain("Everything is kept.");
  });
});

/** Ends the program by a signal as soon as it has said how the model is. */
const stopSoon = `data:text/javascript,${encodeURIComponent(`
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = (text, ...rest) => {
    if (String(text).includes("Model")) setImmediate(() => process.kill(process.pid, "SIGINT"));
    return write(text, ...rest);
  };
`)}`;

test("a bug that nothing caught ends the server with a sentence on stderr and its stack in the log alone", async () => {
  const bug = `data:text/javascript,${encodeURIComponent(`
    const write = process.stdout.write.bind(process.stdout);
    process.stdout.write = (text, ...rest) => {
      if (String(text).includes("Model")) setImmediate(() => { throw new Error("a planted bug"); });
      return write(text, ...rest);
    };
  `)}`;
  const end = await runProgram(["serve", "--port", "0", "--data", dataFolder, ...withoutModel], {
    nodeFlags: ["--import", bug],
  });
  expect(end.code).toBe(1);
  expect(end.stderr).toBe(
    "Something unexpected happened: a planted bug\nRun it again with SHOBAR_DEBUG=1 for what a bug report needs.\n",
  );
  const log = readFileSync(join(dataFolder, "log", "shobar.log"), "utf8");
  expect(log).toMatch(/"event":"crashed".*a planted bug.*\\n {4}at /);
  await using next = await startTestServer({ dataFolder, flags: withoutModel });
  expect((await fetch(`${next.url}/healthz`)).status).toBe(200);
});
