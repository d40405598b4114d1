import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { text as readAll } from "node:stream/consumers";

/**
 * What must not stand in a command line, where other users and the shell's history see it: piped in, or typed without
 * being shown. Undefined where nothing came.
 */
export async function readSecret(question: string): Promise<string | undefined> {
  const said = process.stdin.isTTY ? await ask(question) : await readAll(process.stdin);
  const secret = said.trim();
  return secret === "" ? undefined : secret;
}

async function ask(question: string): Promise<string> {
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await lines.question("");
  } finally {
    lines.close();
    process.stderr.write("\n");
  }
}
