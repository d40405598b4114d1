import { readServerNote } from "../platform/data-folder.ts";
import type { CommandCall } from "./command.ts";

/** A page of the server as people reach it: at its public URL, else where it listens, or where it listened last, or would by its settings. */
export function linkOf(call: CommandCall, path: string): string {
  const { data, port, publicUrl } = call.config();
  return `${publicUrl ?? readServerNote(data)?.url ?? `http://localhost:${port}`}${path}`;
}
