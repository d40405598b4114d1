// The server below the launcher and npm, as `npm start` runs it: whatever ends what is above it ends the server, cleanly.
import { mkdtempSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startTestServer, type TestServer } from "../support/start-test-server.ts";

const root = join(import.meta.dirname, "..", "..");
const becomesProgram = join(root, "scripts", "setup", "run-program.mjs");

/** A clone's start script without its set-up, which set-up.test.ts tries. */
let clone: string;
beforeAll(() => {
  clone = mkdtempSync(join(tmpdir(), "shobar-launching-"));
  const launcher = `import { becomeProgram } from ${JSON.stringify(becomesProgram)};
becomeProgram(process.argv[2], process.argv.slice(3));`;
  writeFileSync(join(clone, "launcher.mjs"), launcher);
  writeFileSync(join(clone, "package.json"), JSON.stringify({ scripts: { start: "node launcher.mjs" } }));
});
afterAll(() => rmSync(clone, { recursive: true, force: true }));

test("the scripts of a clone start programs in the way that is tried here", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: { start: string } };
  expect(scripts.start).toMatch(/^node scripts\/start\.mjs$/);
  for (const name of ["start", "shobar", "run"]) {
    expect(readFileSync(join(root, "scripts", `${name}.mjs`), "utf8")).toMatch(/^ {2}becomeProgram\(node, \[/m);
  }
});

const launcher = () => [process.execPath, join(clone, "launcher.mjs")];
const npm = () => ["npm", "start", "--silent", "--prefix", clone, "--"];

test.each([
  ["SIGTERM to the launcher", launcher, "SIGTERM"],
  ["SIGINT to the launcher", launcher, "SIGINT"],
  ["kill -9 of the launcher", launcher, "SIGKILL"],
  ["SIGTERM to npm", npm, "SIGTERM"],
  ["kill -9 of npm", npm, "SIGKILL"],
] as const)("%s stops the server cleanly and frees its port", async (_how, wrapper, signal) => {
  const server = await startTestServer({ wrapper: wrapper(), flags: ["--no-starter"] });
  const { pid } = server.lines[0] as unknown as { pid: number };
  try {
    const code = await server.stop(signal);
    if (signal !== "SIGKILL" && wrapper === launcher) expect(code).toBe(0);
    await vi.waitUntil(() => !isAlive(pid), { timeout: 20_000 });
    expect(server.lines.map(({ event }) => event).slice(-2)).toEqual(["stopping", "stopped"]);
    expect(existsSync(join(server.dataFolder, "server.json"))).toBe(false);
    await isFree(server);
  } finally {
    if (isAlive(pid)) process.kill(pid, "SIGKILL");
    await server[Symbol.asyncDispose]();
  }
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Rejects where the port is taken. */
async function isFree({ url }: TestServer): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const probe = createServer().once("error", reject);
  probe.listen(Number(new URL(url).port), "127.0.0.1", () => probe.close(() => resolve()));
  await promise;
}
