// Work for the test of background processes.
import { readdirSync, readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { constants, getPriority } from "node:os";
import { setTimeout } from "node:timers/promises";
import { AppError } from "../errors.ts";
import { serveBackground } from "./background-process.ts";

export interface Work {
  readonly do: "look" | "refuse" | "crash" | "last";
}

export interface Seen {
  readonly pid: number;
  readonly threads: number;
  /** Of those, how many give way. */
  readonly slowThreads: number;
  /** Of the session, where the system has that; else null. */
  readonly sessionPriority: string | null;
  readonly environment: readonly string[];
}

serveBackground(async (work: Work): Promise<Seen> => {
  if (work.do === "refuse") {
    throw new AppError("backup_running", { folder: "here" });
  }
  if (work.do === "crash") {
    process.abort();
  }
  if (work.do === "last") {
    await setTimeout(600_000);
  }
  // Starts the threads that read and write files.
  await Promise.all(Array.from({ length: 8 }, () => stat(".")));
  const threads = process.platform === "linux" ? readdirSync("/proc/self/task").map(Number) : [0];
  return {
    pid: process.pid,
    threads: threads.length,
    slowThreads: threads.filter((thread) => getPriority(thread) === constants.priority.PRIORITY_BELOW_NORMAL).length,
    sessionPriority: readSessionPriority(),
    // oxlint-disable-next-line node/no-process-env -- that it is empty is what is looked at
    environment: Object.keys(process.env).filter((name) => !name.startsWith("NODE_")),
  };
});

function readSessionPriority(): string | null {
  try {
    return readFileSync("/proc/self/autogroup", "utf8").trim().split(" nice ")[1] ?? null;
  } catch {
    return null;
  }
}
