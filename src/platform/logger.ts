// The one logger: JSON lines, an event name plus fields. Never prompts, answers, keys, cookies or file contents; what
// Fastify or a library might add by itself is removed here.
import { join } from "node:path";
import { type Logger, pino } from "pino";
import type { Config } from "./config/config.ts";
import { openRotatingFile } from "./rotating-file.ts";

export type { Logger } from "pino";

const maxLogBytes = 5_000_000;
const keptLogFiles = 3;

export interface OpenLogger {
  readonly logger: Logger;
  close(): void;
}

/** The log's lines go to `logFolder`, or to stderr when the settings say so. */
export function openLogger(config: Pick<Config, "logLevel" | "logTo">, logFolder: string): OpenLogger {
  const options = {
    level: config.logLevel,
    base: { pid: process.pid },
    redact: {
      paths: [
        "*.authorization",
        "*.cookie",
        '*["set-cookie"]',
        "*.password",
        "*.token",
        "*.secret",
        "req.headers",
        "req.body",
      ],
      remove: true,
    },
  };
  if (config.logTo === "stderr") {
    return { logger: pino(options, process.stderr), close: () => {} };
  }
  const file = openRotatingFile({ file: join(logFolder, "shobar.log"), maxBytes: maxLogBytes, keep: keptLogFiles });
  return { logger: pino(options, file), close: () => file.close() };
}
