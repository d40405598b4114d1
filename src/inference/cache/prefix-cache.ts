// The saved states of one loaded model: found by tokens at once, brought from the disk and written to it by threads. It
// answers with states or with nothing, never with an error.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createStateThread } from "./start-state-thread.ts";
import type { SavedState } from "./sealed-state.ts";
import { createStateIndex, type FoundState, type StateLook, type StateOf } from "./state-index.ts";
import { hasTag, makeStateName, type StateTags } from "./state-name.ts";

/** Given to the process that computes. The key opens this model's saved states and nothing else. */
export interface PrefixCachePlan {
  readonly folder: string;
  readonly model: string;
  readonly key: Uint8Array;
  /** Null: as much of the disk as does no harm. */
  readonly diskBytes: number | null;
}

export interface StateToSave extends StateOf {
  readonly tags: StateTags;
  readonly tokens: Int32Array;
  readonly computedMs: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

export interface PrefixCache {
  /** Resolves when what an earlier process has saved is known. */
  readonly ready: Promise<void>;
  find(prompt: Int32Array, looks: readonly StateLook[]): FoundState | null;
  load(state: FoundState): Promise<SavedState | null>;
  /** Whether it is there already, so that nothing has to be read out of a context. */
  holds(of: StateOf, tokens: Int32Array): boolean;
  /** Whether so many bytes would be taken now: while others wait for a slow disk, no more are piled up in memory. */
  takes(bytes: number): boolean;
  /** Takes the data over. */
  save(state: StateToSave): void;
  /** Resolves when nothing with the tag is found or written any more; its files are for the caller to delete. */
  forget(tag: string): Promise<void>;
  /** Ends the threads once what was given has been written. */
  close(): Promise<void>;
}

/** Waiting to be written, together; one is always taken. */
const mostWaitingBytes = 512_000_000;
/** A disk wears out by what is written: in an hour no more than this, whatever people ask. */
const mostBytesAnHour = 4_000_000_000;
const hourMs = 3_600_000;

export function createPrefixCache(plan: PrefixCachePlan, threadEntry: URL, nowMs: () => number): PrefixCache {
  const data = { folder: plan.folder, model: plan.model, key: plan.key, maxBytes: plan.diskBytes };
  // Two, so that nobody who waits for an answer waits for a disk that is busy writing.
  const reader = createStateThread(threadEntry, data);
  const writer = createStateThread(threadEntry, data);
  const index = createStateIndex();
  const writes = new Set<Promise<void>>();
  let waitingBytes = 0;
  let written = { sinceMs: nowMs(), bytes: 0 };

  const write = async ({ scope, layout, tags, tokens, computedMs, data: bytes }: StateToSave) => {
    const header = {
      name: makeStateName({ ...tags, computedMs }),
      model: plan.model,
      scope,
      layout,
      tokens,
      dataBytes: bytes.length,
    };
    const replaced = index.heldBy({ scope, layout }, tokens);
    const request = { type: "write", state: { header, data: bytes }, replaced } as const;
    const result = await writer.do<"written">(request, [bytes.buffer]);
    waitingBytes -= header.dataBytes;
    if (result?.isKept !== true) return;
    index.add(header);
    for (const name of replaced) index.remove(name);
  };

  const list = async () => {
    if (!existsSync(join(plan.folder, plan.model))) return;
    const result = await reader.do<"listed">({ type: "list" });
    for (const header of result?.headers ?? []) index.add(header);
  };

  return {
    ready: list(),
    find: (prompt, looks) => index.find(prompt, looks),
    async load({ name }) {
      const result = await reader.do<"read">({ type: "read", name });
      if (result !== null && result.state === null) index.remove(name);
      return result?.state ?? null;
    },
    holds: (of, tokens) => index.holds(of, tokens),
    takes(bytes) {
      if (nowMs() - written.sinceMs > hourMs) written = { sinceMs: nowMs(), bytes: 0 };
      if (written.bytes + bytes > mostBytesAnHour) return false;
      return waitingBytes === 0 || waitingBytes + bytes <= mostWaitingBytes;
    },
    save(state) {
      waitingBytes += state.data.length;
      written.bytes += state.data.length;
      const writing = write(state).finally(() => writes.delete(writing));
      writes.add(writing);
    },
    async forget(tag) {
      await Promise.all(writes);
      index.removeWhere((name) => hasTag(name, tag));
    },
    async close() {
      await Promise.all(writes);
      await Promise.all([reader.end(), writer.end()]);
    },
  };
}
