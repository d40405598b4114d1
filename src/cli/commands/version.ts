import type { CommandCall } from "../command.ts";

export async function showVersion({ files, output }: CommandCall): Promise<void> {
  const versions = { version: files.version, node: process.versions.node, sqlite: process.versions["sqlite"] };
  output.answer(versions, `Shobar ${files.version} (Node.js ${versions.node}, SQLite ${versions.sqlite})`);
}
