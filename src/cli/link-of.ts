import { readServerNote } from "../platform/data-folder.ts";
import { addressesOf } from "../server/addresses.ts";
import type { CommandCall } from "./command.ts";

/** A link for somebody else: at the public URL, that of the running server too; else at an address that others can open. */
export function linkOf(call: CommandCall, path: string): string {
  const { data, host, port, publicUrl } = call.config();
  const note = readServerNote(data);
  const url = note?.url ?? `http://localhost:${port}`;
  const network = { host: note?.network?.host ?? host, publicUrl: publicUrl ?? note?.network?.publicUrl };
  return `${addressesOf(network, url)[0] ?? url}${path}`;
}
