// Which saved states go when there is no room for another. Pure.

export interface KeptState {
  readonly bytes: number;
  /** What computing it again would take. */
  readonly computedMs: number;
  readonly lastUsedMs: number;
}

/** What was not used for so long counts half. */
const halfLifeMs = 24 * 3_600_000;

/**
 * Those that save the least time for their bytes go first. Null where not even all of them leave room for `bytes`.
 * `nowMs` and `lastUsedMs` are milliseconds since 1970.
 */
export function chooseGivenUp<State extends KeptState>(
  states: readonly State[],
  bytes: number,
  { maxBytes, nowMs }: { readonly maxBytes: number; readonly nowMs: number },
): readonly State[] | null {
  if (bytes > maxBytes) return null;
  const worth = (state: State) =>
    (state.computedMs / state.bytes) * 0.5 ** (Math.max(0, nowMs - state.lastUsedMs) / halfLifeMs);
  const ordered = [...states].sort((one, other) => worth(one) - worth(other));
  let used = ordered.reduce((sum, state) => sum + state.bytes, 0);
  const given: State[] = [];
  for (const state of ordered) {
    if (used + bytes <= maxBytes) break;
    given.push(state);
    used -= state.bytes;
  }
  return given;
}
