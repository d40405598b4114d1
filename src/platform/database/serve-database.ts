// The inside of a database thread: takes commands, runs what has gathered since the last commit as one group, answers.
import { parentPort, workerData } from "node:worker_threads";
import type { AnyCommand } from "./command.ts";
import { type CommandOutcome, runRead, runWrites } from "./run-commands.ts";
import { openSqliteConnection } from "./sqlite-connection.ts";
import { type CommandReply, type CommandRequest, type DatabaseWorkerData, packError } from "./worker-messages.ts";

/** Bounds how long one commit can grow; the rest waits for the next one. */
const maxCommandsPerCommit = 200;

export function serveDatabase(commands: readonly AnyCommand[]): void {
  const port = parentPort;
  if (!port) {
    throw new Error("a database thread is started by its main thread");
  }
  const { file, mode } = workerData as DatabaseWorkerData;
  const connection = openSqliteConnection({ file, readOnly: mode === "read" });
  const byName = new Map(commands.map((command) => [command.name, command]));
  const waiting: CommandRequest[] = [];
  let draining = false;

  async function drain(): Promise<void> {
    draining = true;
    while (waiting.length > 0) {
      const requests = waiting.splice(0, mode === "write" ? maxCommandsPerCommit : 1);
      const outcomes = await run(requests);
      requests.forEach((request, index) => port?.postMessage(reply(request.id, outcomes[index])));
      await new Promise(setImmediate);
    }
    draining = false;
  }

  async function run(requests: readonly CommandRequest[]): Promise<CommandOutcome[]> {
    const calls = requests.map(({ name, args }) => {
      const command = byName.get(name) ?? unknownCommand(name);
      return { command, args };
    });
    return mode === "write"
      ? runWrites(connection, calls)
      : Promise.all(calls.map((call) => runRead(connection, call)));
  }

  port.on("message", (message: CommandRequest | "close") => {
    if (message === "close") {
      connection.close();
      port.close();
      return;
    }
    waiting.push(message);
    if (!draining) {
      setImmediate(() => void (draining || drain()));
    }
  });
}

function reply(id: number, outcome: CommandOutcome | undefined): CommandReply {
  if (outcome?.ok) {
    return { id, ok: true, value: outcome.value };
  }
  return { id, ok: false, error: packError(outcome?.error) };
}

function unknownCommand(name: string): AnyCommand {
  return { name, mode: "read", run: () => Promise.reject(new Error(`no such database command: ${name}`)) };
}
