// How often something may be tried: a bucket of tokens for each key, refilled with time, in memory.
import { isIPv6 } from "node:net";
import type { Clock } from "../../../platform/clock.ts";
import { AppError } from "../../../platform/errors.ts";

export interface RateLimitOptions {
  readonly clock: Clock;
  /** Attempts that may be made at once. */
  readonly burst: number;
  /** Time after which one more attempt is allowed. */
  readonly refillMs: number;
  /** The least recently used keys beyond this number are forgotten: memory is bounded, whoever asks. */
  readonly maxKeys?: number;
}

export interface RateLimit {
  /** Uses up one attempt; throws too_many_attempts with the seconds to wait when none is left. */
  take(key: string): void;
  /** The attempt turned out to be rightful and does not count. */
  giveBack(key: string): void;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

export function createRateLimit({ clock, burst, refillMs, maxKeys = 10_000 }: RateLimitOptions): RateLimit {
  // In the order of last use: the first key is the one to forget.
  const buckets = new Map<string, Bucket>();

  function refilled(key: string): Bucket {
    const now = clock();
    const bucket = buckets.get(key) ?? { tokens: burst, filledAt: now };
    const gained = Math.max(0, now - bucket.filledAt) / refillMs;
    return { tokens: Math.min(burst, bucket.tokens + gained), filledAt: now };
  }

  function keep(key: string, bucket: Bucket): void {
    buckets.delete(key);
    if (bucket.tokens < burst) {
      buckets.set(key, bucket);
    }
    const [oldest] = buckets.keys();
    if (buckets.size > maxKeys && oldest !== undefined) {
      buckets.delete(oldest);
    }
  }

  return {
    take(key) {
      const bucket = refilled(key);
      if (bucket.tokens < 1) {
        keep(key, bucket);
        throw new AppError("too_many_attempts", { seconds: Math.ceil(((1 - bucket.tokens) * refillMs) / 1000) });
      }
      keep(key, { ...bucket, tokens: bucket.tokens - 1 });
    },
    giveBack(key) {
      const bucket = refilled(key);
      keep(key, { ...bucket, tokens: Math.min(burst, bucket.tokens + 1) });
    },
  };
}

/** Whoever has one IPv6 address has its whole /64, so the /64 is what counts; an IPv4 address counts as it is. */
export function addressKey(address: string): string {
  const [plain = ""] = address.split("%");
  if (!isIPv6(plain)) {
    return plain;
  }
  const groups = expandIpv6(plain);
  const isMappedIpv4 = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xff_ff;
  if (isMappedIpv4) {
    const [high = 0, low = 0] = groups.slice(6);
    return [high >> 8, high & 255, low >> 8, low & 255].join(".");
  }
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(":")}::/64`;
}

/** The eight groups of a valid IPv6 address, `::` and a dotted tail written out. */
function expandIpv6(address: string): number[] {
  const hexadecimal = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_dotted, ...bytes: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [head = [], tail] = hexadecimal.split("::").map((part) => part.split(":").filter((group) => group !== ""));
  const zeros = tail ? Array<string>(8 - head.length - tail.length).fill("0") : [];
  return [...head, ...zeros, ...(tail ?? [])].map((group) => Number.parseInt(group, 16));
}
