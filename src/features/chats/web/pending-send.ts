// A message that the server has not confirmed yet. It is kept in this browser until then, also through a reload, and
// its ids are made here, so that sending it again can never make it twice.
import { readStored, writeStored } from "../../../ui/stored.ts";

export interface PendingSend {
  readonly chatId: string;
  readonly messageId: string;
  readonly parentId: string | null;
  readonly text: string;
  readonly modelId: string | null;
  /** The chat itself is not on the server yet. */
  readonly startsChat: boolean;
}

export interface PendingSends {
  readonly read: (chatId: string) => PendingSend | null;
  readonly keep: (pending: PendingSend) => void;
  readonly remove: (chatId: string) => void;
}

/** Memory first, so that a switched-off storage costs only the reload. */
export function createPendingSends(): PendingSends {
  const memory = new Map<string, PendingSend>();
  const keyOf = (chatId: string) => `shobar.pending.${chatId}`;
  return {
    read(chatId) {
      const known = memory.get(chatId);
      if (known !== undefined) return known;
      const stored = parsePending(readStored(keyOf(chatId)));
      if (stored !== null) memory.set(chatId, stored);
      return stored;
    },
    keep(pending) {
      memory.set(pending.chatId, pending);
      writeStored(keyOf(pending.chatId), JSON.stringify(pending));
    },
    remove(chatId) {
      memory.delete(chatId);
      writeStored(keyOf(chatId), null);
    },
  };
}

function parsePending(stored: string | null): PendingSend | null {
  if (stored === null) return null;
  try {
    const value: unknown = JSON.parse(stored);
    return typeof value === "object" && value !== null && "messageId" in value ? (value as PendingSend) : null;
  } catch {
    return null;
  }
}
