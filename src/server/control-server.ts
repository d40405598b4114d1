// The socket through which commands reach a running server. Whoever may open it may do everything, so it lies in a
// folder that only the server's own user may enter.
import { createHash } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { AppError } from "../platform/errors.ts";
import type { Logger } from "../platform/logger.ts";
import { type ControlActionName, controlActions, type ControlParts } from "./control-actions.ts";
import type { ControlLine } from "./control-protocol.ts";

export interface ControlServer {
  /** Path of the socket, or the pipe's name on Windows. */
  readonly address: string;
  close(): Promise<void>;
}

/** The shortest limit of a socket's path (macOS: 104 bytes with the end mark). */
const maxSocketPathBytes = 100;
const maxRequestBytes = 1_000_000;

export async function openControlServer(
  dataFolder: string,
  parts: ControlParts,
  logger: Pick<Logger, "error">,
): Promise<ControlServer> {
  const { address, remove } = chooseAddress(dataFolder);
  const server = createServer((request, response) => {
    void answer(request, response, parts, logger);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(address, resolve);
  });
  if (process.platform !== "win32") {
    chmodSync(address, 0o600);
  }
  return {
    address,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      remove();
    },
  };
}

/** The lock proves that a socket found here belongs to nobody any more. */
function chooseAddress(dataFolder: string): { address: string; remove(): void } {
  if (process.platform === "win32") {
    const name = createHash("sha256").update(dataFolder.toLowerCase()).digest("hex").slice(0, 32);
    return { address: `\\\\.\\pipe\\shobar-${name}`, remove: () => {} };
  }
  const address = join(dataFolder, "control.sock");
  if (Buffer.byteLength(address) <= maxSocketPathBytes) {
    rmSync(address, { force: true });
    return { address, remove: () => rmSync(address, { force: true }) };
  }
  const folder = mkdtempSync(join(tmpdir(), "shobar-"));
  return {
    address: join(folder, "control.sock"),
    remove: () => rmSync(dirname(join(folder, "control.sock")), { recursive: true, force: true }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  parts: ControlParts,
  logger: Pick<Logger, "error">,
): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort(new Error("the command has ended")));
  const say = (line: ControlLine): void => void response.write(`${JSON.stringify(line)}\n`);
  try {
    const name = (request.url ?? "").slice(1);
    if (!Object.hasOwn(controlActions, name)) {
      throw new AppError("route_not_found");
    }
    const args: unknown = JSON.parse(await readBody(request));
    const perform = controlActions[name as ControlActionName] as (
      parts: ControlParts,
      args: unknown,
      call: object,
    ) => Promise<unknown>;
    say({ result: await perform(parts, args, { emit: (event: unknown) => say({ event }), signal: gone.signal }) });
  } catch (error) {
    const known = error instanceof AppError ? error : new AppError("internal_error");
    if (!(error instanceof AppError) && !gone.signal.aborted) {
      logger.error({ event: "command-failed", err: error });
    }
    say({ error: { code: known.code, details: known.details } });
  }
  response.end();
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxRequestBytes) {
      throw new AppError("body_too_large", { limit: "1 MB" });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
