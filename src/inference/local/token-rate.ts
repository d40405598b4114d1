// How many tokens an engine wrote a second in the last minute, from the counter that it sends every second.
import type { Clock } from "../../platform/clock.ts";

const windowMs = 60_000;

export interface TokenRate {
  /** `total`: since the engine was loaded; it begins anew with another process. */
  heard(total: number): void;
  /** Null until there are two numbers to compare. */
  perSecond(): number | null;
}

export function createTokenRate(now: Clock): TokenRate {
  let heard: { readonly at: number; readonly total: number }[] = [];
  return {
    heard(total) {
      const at = now();
      if (total < (heard.at(-1)?.total ?? 0)) heard = [];
      heard = [...heard.filter((each) => at - each.at <= windowMs), { at, total }];
    },
    perSecond() {
      const [first, last] = [heard[0], heard.at(-1)];
      if (first === undefined || last === undefined || last.at === first.at) return null;
      return ((last.total - first.total) * 1000) / (last.at - first.at);
    },
  };
}
