// The server's database: one thread writes and checkpoints, a few read. The main thread only sends commands.
import { Worker } from "node:worker_threads";
import { AppError } from "../errors.ts";
import type { Command, Database } from "./command.ts";
import { type CommandReply, type DatabaseWorkerData, unpackError } from "./worker-messages.ts";

export interface ThreadedDatabaseOptions {
  readonly file: string;
  /** The module that calls `serveDatabase` with every store's commands. */
  readonly workerEntry: URL;
  readonly readers?: number;
  /** A thread that dies takes no acknowledged write with it, but the server must not go on as if nothing happened. */
  readonly onCrash: (error: Error) => void;
}

/** Commands that may wait for one thread before new ones are refused. */
const maxWaitingPerThread = 10_000;

export function openThreadedDatabase(options: ThreadedDatabaseOptions): Database {
  const writer = startThread(options, "write");
  const readers = Array.from({ length: options.readers ?? 2 }, () => startThread(options, "read"));
  return {
    run<Arguments, Result>(command: Command<Arguments, Result>, args: Arguments): Promise<Result> {
      const thread = command.mode === "write" ? writer : leastBusy(readers);
      return thread.run(command.name, args) as Promise<Result>;
    },
    async close() {
      await Promise.all(readers.map((reader) => reader.close()));
      await writer.close();
    },
  };
}

interface DatabaseThread {
  waiting(): number;
  run(name: string, args: unknown): Promise<unknown>;
  close(): Promise<void>;
}

function leastBusy(threads: readonly DatabaseThread[]): DatabaseThread {
  return threads.reduce((best, thread) => (thread.waiting() < best.waiting() ? thread : best));
}

function startThread(options: ThreadedDatabaseOptions, mode: "read" | "write"): DatabaseThread {
  const workerData: DatabaseWorkerData = { file: options.file, mode };
  const worker = new Worker(options.workerEntry, { workerData, name: `database-${mode}` });
  const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  const calls = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let nextId = 1;
  let closing = false;
  let onIdle: (() => void) | undefined;

  worker.on("message", (message: CommandReply) => {
    const call = calls.get(message.id);
    calls.delete(message.id);
    if (message.ok) {
      call?.resolve(message.value);
    } else {
      call?.reject(unpackError(message.error));
    }
    if (calls.size === 0) {
      onIdle?.();
    }
  });

  function fail(error: Error): void {
    for (const call of calls.values()) {
      call.reject(error);
    }
    calls.clear();
    onIdle?.();
    if (!closing) {
      closing = true;
      options.onCrash(error);
    }
  }
  worker.on("error", (error: Error) => fail(error));
  worker.on("exit", (code) => fail(new Error(`the database's ${mode} thread ended with code ${code}`)));

  return {
    waiting: () => calls.size,
    run(name, args) {
      if (closing || calls.size >= maxWaitingPerThread) {
        return Promise.reject(new AppError("database_busy"));
      }
      return new Promise((resolve, reject) => {
        const id = nextId++;
        calls.set(id, { resolve, reject });
        worker.postMessage({ id, name, args });
      });
    },
    async close() {
      closing = true;
      if (calls.size > 0) {
        await new Promise<void>((resolve) => (onIdle = resolve));
      }
      worker.postMessage("close");
      await ended;
    },
  };
}
