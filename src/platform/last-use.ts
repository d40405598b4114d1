// When something was last used is written once a minute at most, not with every request, and no request waits for it.

const writeEveryMs = 60_000;

export interface LastUse {
  readonly id: string;
  /** As it is stored; null where it was never used. */
  readonly lastUsedAt: number | null;
  readonly now: number;
  write(): Promise<void>;
}

/** `onFailure` is told when it could not be written; the request that noticed it goes on. */
export function createLastUseWriter(onFailure: (error: unknown) => void): (use: LastUse) => void {
  const beingWritten = new Set<string>();
  return ({ id, lastUsedAt, now, write }) => {
    if (now - (lastUsedAt ?? 0) < writeEveryMs || beingWritten.has(id)) {
      return;
    }
    beingWritten.add(id);
    void write()
      .catch(onFailure)
      .finally(() => beingWritten.delete(id));
  };
}
