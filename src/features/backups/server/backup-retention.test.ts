import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { chooseExpired, type KeptBackup } from "./backup-retention.ts";

beforeEach(() => void vi.stubEnv("TZ", "Asia/Dhaka"));
afterEach(() => void vi.unstubAllEnvs());

const dayMs = 86_400_000;
const now = Date.parse("2026-11-24T03:00:00+06:00");
const made = (time: number): KeptBackup => ({ name: new Date(time).toISOString(), madeAt: time });
const daysAgo = (days: number): KeptBackup => made(now - days * dayMs - 1000);

function kept(backups: readonly KeptBackup[], daily: number, weekly: number, monthly: number): string[] {
  const expired = chooseExpired(backups, { daily, weekly, monthly }, now);
  return backups.filter((backup) => !expired.includes(backup)).map(({ name }) => name.slice(0, 10));
}

test("of nightly backups the last seven, four weeks' and six months' newest stay", () => {
  const year = Array.from({ length: 365 }, (_, days) => daysAgo(days));
  const names = kept(year, 7, 4, 6);
  expect(names.slice(0, 7)).toEqual(year.slice(0, 7).map(({ name }) => name.slice(0, 10)));
  // Sundays of the two weeks before, then the last days of the five months before: in UTC, the evening before.
  expect(names.slice(7)).toEqual([
    "2026-11-14",
    "2026-11-07",
    "2026-10-30",
    "2026-09-29",
    "2026-08-30",
    "2026-07-30",
    "2026-06-29",
  ]);
});

test("a server that was off for a month keeps its seven newest days, not only those of the last week", () => {
  const old = Array.from({ length: 10 }, (_, days) => daysAgo(days + 30));
  expect(kept(old, 7, 0, 0)).toHaveLength(7);
});

test("several of one day count as one, but none of the last 24 hours goes", () => {
  const hours = Array.from({ length: 72 }, (_, hour) => made(now - hour * 3_600_000));
  expect(kept(hours, 7, 0, 0)).toHaveLength(24 + 2);
});

test("what a wrong clock dated years ahead takes nobody's place and is not deleted", () => {
  const wrong = made(now + 900 * dayMs);
  const right = Array.from({ length: 3 }, (_, days) => daysAgo(days));
  expect(kept([wrong, ...right], 2, 0, 0)).toEqual([wrong, right[0], right[1]].map((each) => each?.name.slice(0, 10)));
});

test("the newest always stays, more retention never keeps less, and nothing else is ever chosen", () => {
  const times = fc.array(fc.integer({ min: now - 800 * dayMs, max: now }), { maxLength: 60 });
  const counts = fc.integer({ min: 0, max: 12 });
  fc.assert(
    fc.property(times, counts, counts, counts, (all, daily, weekly, monthly) => {
      const backups = all.map(made);
      const expired = chooseExpired(backups, { daily, weekly, monthly }, now);
      const newest = Math.max(...all);
      expect(expired.every((backup) => backups.includes(backup) && backup.madeAt < newest)).toBe(true);
      const fewer = chooseExpired(backups, { daily: daily + 1, weekly, monthly }, now);
      expect(fewer.every((backup) => expired.includes(backup))).toBe(true);
    }),
  );
});
