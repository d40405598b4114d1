// Runs a command of the real program to its end.
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { once } from "node:events";
import { environmentWithoutSettings, programFile } from "../support/start-test-server.ts";

export interface ProgramEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export async function runProgram(
  words: readonly string[],
  options: {
    readonly environment?: Record<string, string>;
    readonly input?: string;
    readonly nodeFlags?: readonly string[];
    /** Another version's entry; the one under test by default. */
    readonly program?: string;
  } = {},
): Promise<ProgramEnd> {
  const child = spawn(process.execPath, [...(options.nodeFlags ?? []), options.program ?? programFile, ...words], {
    env: { ...environmentWithoutSettings(), ...options.environment },
  });
  child.stdin.end(options.input ?? "");
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: code as number | null, stdout, stderr };
}
