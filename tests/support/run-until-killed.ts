// Runs a program that is killed at one of the things it does to the disk (see killed-at-its-turn.ts).
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

/** A negative `killAt` lets it end; it then answers how many things there were. Throws where it ended otherwise. */
export async function runUntilKilled(program: string, words: readonly string[], killAt: number): Promise<number> {
  const child = spawn(process.execPath, [program, ...words, String(killAt)], { stdio: ["ignore", "pipe", "pipe"] });
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
