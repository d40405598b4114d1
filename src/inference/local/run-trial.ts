// Runs a stranger's program in a process of its own, with little time and memory: whatever it does, only that process ends.
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";

export interface TrialLimits {
  readonly ms: number;
  readonly heapMegabytes: number;
  /** All that the process has, also outside of JavaScript's heap; looked at where the system tells it (Linux). */
  readonly residentBytes?: number;
}

const lookMs = 50;
const pageBytes = 4096;

/** What the process answers to the message, or null where it does not. */
export async function runTrial<Message extends object, Result>(
  workerEntry: string,
  message: Message,
  limits: TrialLimits,
): Promise<Result | null> {
  const child = fork(workerEntry, [], {
    execPath: process.execPath,
    execArgv: [`--max-old-space-size=${limits.heapMegabytes}`],
    env: {},
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const end = () => void child.kill("SIGKILL");
  const timer = setTimeout(end, limits.ms);
  const looks = setInterval(() => {
    void residentBytes(child.pid).then((bytes) => bytes > (limits.residentBytes ?? Infinity) && end());
  }, lookMs);
  const result = new Promise<Result | null>((resolve) => {
    child.once("message", (answer) => resolve(answer as Result));
    child.once("close", () => resolve(null));
  });
  const gone = once(child, "close");
  child.send(message, () => undefined);
  try {
    return await result;
  } finally {
    await gone;
    clearTimeout(timer);
    clearInterval(looks);
  }
}

async function residentBytes(pid: number | undefined): Promise<number> {
  const pages = await readFile(`/proc/${pid}/statm`, "utf8").catch(() => "0 0");
  return Number(pages.split(" ")[1]) * pageBytes;
}
