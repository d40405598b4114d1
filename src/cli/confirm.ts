import { createInterface } from "node:readline/promises";
import { AppError } from "../platform/errors.ts";

/** Throws AppError not_confirmed unless a person at the terminal types y. */
export async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new AppError("not_confirmed", { how: "Say yes beforehand with --yes" });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) {
      throw new AppError("not_confirmed", { how: "Type y for yes" });
    }
  } finally {
    terminal.close();
  }
}
