import { execFileSync, spawn } from "node:child_process";
import { expect, test, vi } from "vitest";
import type { Seen, Work } from "./background-process.fake-worker.ts";
import { runInBackground } from "./background-process.ts";

const entry = new URL("./background-process.fake-worker.ts", import.meta.url);
const run = (work: Work, signal?: AbortSignal): Promise<Seen> => runInBackground<Seen>(entry, work, signal);

test("background work gives way with every thread that it has or starts, and with its session", async () => {
  const seen = await run({ do: "look" });
  expect(seen.pid).not.toBe(process.pid);
  expect(seen.slowThreads).toBe(seen.threads);
  expect([null, "10"]).toContain(seen.sessionPriority);
  expect(seen.environment).toEqual([]);
});

test("what background work refuses arrives with its code and details", async () => {
  await expect(run({ do: "refuse" })).rejects.toMatchObject({ code: "backup_running", details: { folder: "here" } });
});

test("a background process that dies is an error, not a wait without end", async () => {
  await expect(run({ do: "crash" })).rejects.toThrow(/background process ended with SIG/);
});

test("an abort ends the work and is its error", async () => {
  const controller = new AbortController();
  const running = run({ do: "last" }, controller.signal);
  controller.abort(new Error("the server stops"));
  await expect(running).rejects.toThrow("the server stops");
  await expect(run({ do: "look" }, controller.signal)).rejects.toThrow("the server stops");
});

test.runIf(process.platform === "linux")("background work ends with the process that wanted it", async () => {
  const program = `
    import { runInBackground } from ${JSON.stringify(new URL("./background-process.ts", import.meta.url).href)};
    const running = runInBackground(new URL(${JSON.stringify(entry.href)}), { do: "last" });
    await running;
  `;
  const parent = spawn(process.execPath, ["--input-type=module", "--eval", program], { stdio: "ignore" });
  try {
    const child = await vi.waitUntil(() => childOf(parent.pid), { timeout: 20_000 });
    expect(isRunning(child)).toBe(true);
    parent.kill("SIGKILL");
    await vi.waitUntil(() => !isRunning(child), { timeout: 20_000 });
  } finally {
    parent.kill("SIGKILL");
  }
});

/** Its background process, once there is one. */
function childOf(parent: number | undefined): number | undefined {
  const list = execFileSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" });
  const found = list.split("\n").find((line) => Number(line.trim().split(/ +/)[1]) === parent);
  return found === undefined ? undefined : Number.parseInt(found, 10);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
