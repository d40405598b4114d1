// Long work in a process of its own that gives way to everybody who computes beside it, so that no stream stands still
// for a backup. It ends with its parent.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type CommandReply, packError, unpackError } from "../database/worker-messages.ts";
import { giveWay } from "./give-way.ts";

/**
 * The answer of the program `entry`, which calls `serveBackground`. Rejects with what its work threw, and after an abort
 * with the signal's reason, once the process is gone: what it had not finished lies about.
 */
export async function runInBackground<Result>(
  entry: URL,
  job: unknown,
  signal?: AbortSignal,
  onProgress: (progress: unknown) => void = () => {},
): Promise<Result> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  // A session of its own, see giveWay. Nothing in the environment: what it must know, secrets too, is in the job.
  const child = fork(fileURLToPath(entry), [], {
    detached: true,
    serialization: "advanced",
    execPath: process.execPath,
    execArgv: [],
    env: {},
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const onAbort = (): void => void child.kill("SIGKILL");
  signal?.addEventListener("abort", onAbort, { once: true });
  let reply: CommandReply | undefined;
  child.on("message", (message: CommandReply | Progress) => {
    if ("progress" in message) {
      onProgress(message.progress);
    } else {
      reply = message;
    }
  });
  child.once("error", reject);
  child.once("close", (code, killed) => {
    signal?.removeEventListener("abort", onAbort);
    if (reply?.ok) {
      resolve(reply.value as Result);
    } else if (reply) {
      reject(unpackError(reply.error));
    } else {
      reject(signal?.aborted ? signal.reason : new Error(`the background process ended with ${killed ?? code}`));
    }
  });
  // A process that is gone already says so by its end.
  child.send(job as object, () => undefined);
  return promise;
}

interface Progress {
  readonly progress: unknown;
}

/** The other side: takes one job, tells how far it is, answers it, ends. */
export function serveBackground<Job, Result>(
  work: (job: Job, onProgress: (progress: unknown) => void) => Promise<Result>,
): void {
  giveWay();
  const end = (): never => process.exit();
  process.once("disconnect", end);
  process.once("message", (job: Job) => {
    const answer = (reply: CommandReply): void => void process.send?.(reply, end);
    const onProgress = (progress: unknown): void => void process.send?.({ progress } satisfies Progress);
    work(job, onProgress).then(
      (value) => answer({ id: 0, ok: true, value }),
      (error: unknown) => answer({ id: 0, ok: false, error: packError(error) }),
    );
  });
}
