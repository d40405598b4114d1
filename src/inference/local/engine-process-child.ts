// One child process running the engine worker: started with nothing but what it needs, ended for certain, and the last
// words of its native side kept for the log.
import { type ChildProcess, fork } from "node:child_process";
import { writeFile } from "node:fs";
import type { WorkerCommand, WorkerEvent } from "./worker-protocol.ts";

const maxStderrBytes = 4096;

export interface ChildExit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of what the native library wrote to stderr, at most 4 KB. */
  readonly lastWords: string;
}

export interface EngineChild {
  readonly pid: number | null;
  send(command: WorkerCommand): void;
  kill(): void;
}

export interface EngineChildEvents {
  readonly onEvent: (event: WorkerEvent) => void;
  /** Called exactly once, also when the process could not be started at all. */
  readonly onExit: (exit: ChildExit) => void;
}

/** The environment is empty on purpose: keys and settings of the server are none of native code's business. */
export function startEngineChild(workerEntry: string, events: EngineChildEvents): EngineChild {
  const child = fork(workerEntry, [], {
    serialization: "advanced",
    execPath: process.execPath,
    execArgv: [],
    env: {},
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  endBeforeServer(child);
  const lastWords = keepTail(child);
  let exited = false;
  const exit = (exitCode: number | null, signal: NodeJS.Signals | null) => {
    if (exited) return;
    exited = true;
    events.onExit({ exitCode, signal, lastWords: lastWords() });
  };
  child.on("message", (message) => events.onEvent(message as WorkerEvent));
  // "close" comes after "exit" once stderr has been read to its end; a grandchild cannot hold it open, there are none.
  child.on("close", exit);
  child.on("error", () => {
    if (child.pid === undefined) exit(null, null);
  });
  return {
    pid: child.pid ?? null,
    send: (command) => {
      // A failed send means that the child is gone; its exit tells the rest.
      if (child.connected) child.send(command, () => undefined);
    },
    kill: () => {
      child.kill("SIGKILL");
    },
  };
}

/** Where memory runs out, Linux ends the model, which is started again, and not the server that keeps everything. */
function endBeforeServer({ pid }: ChildProcess): void {
  if (process.platform === "linux" && pid !== undefined) {
    writeFile(`/proc/${pid}/oom_score_adj`, "500", () => undefined);
  }
}

function keepTail(child: ChildProcess): () => string {
  let tail = Buffer.alloc(0);
  child.stderr?.on("data", (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]).subarray(-maxStderrBytes);
  });
  child.stderr?.on("error", () => undefined);
  return () => tail.toString("utf8");
}
