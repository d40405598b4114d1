// How a command reaches the data: through the server that runs on the data folder, else by itself with the folder's lock.
import { type IncomingMessage, request } from "node:http";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { readServerNote } from "../platform/data-folder.ts";
import { AppError } from "../platform/errors.ts";
import type { ControlActionName, ControlArguments, ControlResult } from "../server/control-actions.ts";
import type { ControlLine } from "../server/control-protocol.ts";
import type { CommandCall } from "./command.ts";

export interface Control extends AsyncDisposable {
  perform<Name extends ControlActionName>(
    name: Name,
    args: ControlArguments<Name>,
    onEvent?: (event: unknown) => void,
    /** Ends the call, which then rejects. */
    signal?: AbortSignal,
  ): Promise<ControlResult<Name>>;
}

/** A server that is starting or stopping holds the folder for a moment without listening. */
const patienceMs = 5_000;
const retryMs = 100;

/** Throws AppError data_folder_locked where a server holds the folder but does not listen yet or any more. */
export async function openControl(call: CommandCall): Promise<Control> {
  const config = call.config();
  const { openDirectControl } = await import("./direct-control.ts");
  for (const deadline = Date.now() + patienceMs; ;) {
    const running = await openServerControl(config.data);
    if (running) {
      return running;
    }
    try {
      return await openDirectControl(config, call.files);
    } catch (error) {
      const isHeld = error instanceof AppError && error.code === "data_folder_locked";
      if (!isHeld || Date.now() > deadline) {
        throw error;
      }
      await setTimeout(retryMs);
    }
  }
}

/** Null where no server answers. */
export async function openServerControl(dataFolder: string): Promise<Control | null> {
  const socket = readServerNote(dataFolder)?.controlSocket;
  return socket && (await answers(socket)) ? controlOverSocket(socket) : null;
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = request({ socketPath: socket, path: "/", method: "POST" }, (response) => {
      response.resume();
      resolve(true);
    });
    probe.on("error", () => resolve(false));
    probe.end("{}");
  });
}

function controlOverSocket(socket: string): Control {
  return {
    perform: <Name extends ControlActionName>(
      name: Name,
      args: ControlArguments<Name>,
      onEvent?: (event: unknown) => void,
      signal?: AbortSignal,
    ) => ask(socket, { name, args, signal }, onEvent) as Promise<ControlResult<Name>>,
    async [Symbol.asyncDispose]() {},
  };
}

interface Question {
  readonly name: string;
  readonly args: unknown;
  readonly signal: AbortSignal | undefined;
}

async function ask(
  socketPath: string,
  { name, args, signal }: Question,
  onEvent?: (event: unknown) => void,
): Promise<unknown> {
  const { promise: response, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const sent = request({ socketPath, path: `/${name}`, method: "POST", signal }, resolve);
  sent.on("error", reject);
  sent.end(JSON.stringify(args));
  for await (const text of createInterface({ input: await response })) {
    const line = JSON.parse(text) as ControlLine;
    if ("error" in line) {
      throw new AppError(line.error.code, line.error.details);
    }
    if ("result" in line) {
      return line.result;
    }
    onEvent?.(line.event);
  }
  throw new AppError("engine_stopping");
}
