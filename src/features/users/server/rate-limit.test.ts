import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressKey, createRateLimit } from "./rate-limit.ts";

function limit(options: { burst: number; refillMs: number; maxKeys?: number }) {
  const time = { now: 1_000_000 };
  return { time, ...createRateLimit({ clock: () => time.now, ...options }) };
}

function allowed(take: (key: string) => void, keys: readonly string[]): number {
  return keys.filter((key) => {
    try {
      take(key);
      return true;
    } catch {
      return false;
    }
  }).length;
}

describe("A rate limit", () => {
  test("allows a burst, then says after how many seconds the next attempt is allowed", () => {
    const { take, time } = limit({ burst: 3, refillMs: 60_000 });
    expect(allowed(take, ["a", "a", "a"])).toBe(3);
    time.now += 15_000;
    expect(() => take("a")).toThrow(expect.objectContaining({ code: "too_many_attempts", details: { seconds: 45 } }));
    time.now += 44_000;
    expect(allowed(take, ["a"])).toBe(0);
    time.now += 1000;
    expect(allowed(take, ["a", "a"])).toBe(1);
  });

  test("counts each key by itself", () => {
    const { take } = limit({ burst: 1, refillMs: 60_000 });
    expect(allowed(take, ["a", "b", "a", "b"])).toBe(2);
  });

  test("does not count an attempt that was given back", () => {
    const { take, giveBack } = limit({ burst: 1, refillMs: 60_000 });
    take("a");
    giveBack("a");
    expect(allowed(take, ["a", "a"])).toBe(1);
  });

  test("gives no attempts for a clock that goes backwards", () => {
    const { take, time } = limit({ burst: 1, refillMs: 1000 });
    take("a");
    time.now -= 3_600_000;
    expect(allowed(take, ["a"])).toBe(0);
  });

  test("in any stretch of time allows no more than the burst and what was refilled", () => {
    const steps = fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 200 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 10 }), (pauses, burst) => {
        const { take, time } = limit({ burst, refillMs: 1000 });
        let taken = 0;
        for (const pause of pauses) {
          time.now += pause;
          taken += allowed(take, ["a"]);
        }
        const elapsed = pauses.reduce((sum, pause) => sum + pause, 0);
        expect(taken).toBeLessThanOrEqual(burst + elapsed / 1000);
      }),
    );
  });

  test("remembers a bounded number of keys, the recently used ones", () => {
    const { take } = limit({ burst: 1, refillMs: 3_600_000, maxKeys: 100 });
    take("target");
    for (let index = 0; index < 99; index++) {
      take(`other-${index}`);
    }
    expect(allowed(take, ["target"])).toBe(0);
    take("one more");
    expect(allowed(take, ["target"])).toBe(0);
    expect(allowed(take, ["other-0"])).toBe(1);
  });
});

describe("The key of a client's address", () => {
  test.each([
    ["203.0.113.9", "203.0.113.9"],
    ["::ffff:203.0.113.9", "203.0.113.9"],
    ["::FFFF:cb00:7109", "203.0.113.9"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:1:2::", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:0db8:0000:0000:ffff::1", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["64:ff9b::203.0.113.9", "64:ff9b:0:0::/64"],
    ["not an address", "not an address"],
  ])("%s is %s", (address, key) => {
    expect(addressKey(address)).toBe(key);
  });

  test("is the same for every IPv6 address of one /64, in short and in long form, and differs between two", () => {
    const group = fc.integer({ min: 0, max: 0xff_ff });
    const four = fc.tuple(group, group, group, group);
    fc.assert(
      fc.property(four, four, four, (network, host, otherHost) => {
        fc.pre(network.some((part) => part !== 0));
        const long = [...network, ...host].map((part) => part.toString(16).padStart(4, "0")).join(":");
        const short = new URL(`http://[${[...network, ...otherHost].map((part) => part.toString(16)).join(":")}]`);
        expect(addressKey(long)).toBe(addressKey(short.hostname.slice(1, -1)));
        const [first, ...rest] = network;
        const next = [(first + 1) % 0x1_00_00, ...rest, ...host].map((part) => part.toString(16)).join(":");
        expect(addressKey(next)).not.toBe(addressKey(long));
      }),
    );
  });
});
