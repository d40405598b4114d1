// Runs a program that is killed at one of the things it does to the disk (see killed-at-its-turn.ts).
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";

/** The program is started again and again: what it is made of is compiled once, by a run that is not killed. */
const environment = {
  ...process.env,
  NODE_COMPILE_CACHE: join(import.meta.dirname, "..", "..", "node_modules", ".cache", "killed-programs"),
};

/** A negative `killAt` lets it end; it then answers how many things there were. Throws where it ended otherwise. */
export async function runUntilKilled(program: string, words: readonly string[], killAt: number): Promise<number> {
  const child = spawn(process.execPath, [program, ...words, String(killAt)], {
    stdio: ["ignore", "pipe", "pipe"],
    env: environment,
  });
  const [output, errors, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null, string | null]>,
  ]);
  if (killAt < 0 ? code !== 0 : signal !== "SIGKILL") {
    throw new Error(`${words.join(" ")} ended with ${String(code ?? signal)}: ${errors}`);
  }
  return Number(output);
}
