import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { BackupSchedule } from "../contract.ts";
import { nextBackupAt } from "./backup-due.ts";
import { scheduleSetting } from "./backup-settings.ts";

beforeEach(() => void vi.stubEnv("TZ", "Europe/Berlin"));
afterEach(() => void vi.unstubAllEnvs());

const at = (text: string): number => Date.parse(text);
const daily: BackupSchedule = { ...scheduleSetting.initial, every: "day", hour: 2 };
const never = { since: at("2026-01-01T00:00:00Z"), lastBackupAt: null, lastAttemptAt: null };
const after = (text: string, more = {}) => ({ ...never, lastBackupAt: at(text), lastAttemptAt: at(text), ...more });
const next = (schedule: BackupSchedule, times: Parameters<typeof nextBackupAt>[1], now: string): string | null => {
  const time = nextBackupAt(schedule, times, at(now));
  return time === null ? null : new Date(time).toISOString();
};

describe("A daily backup", () => {
  test("of a new server waits for its first night", () => {
    const times = { ...never, since: at("2026-05-04T12:00:00+02:00") };
    expect(next(daily, times, "2026-05-04T12:00:01+02:00")).toBe("2026-05-05T00:00:00.000Z");
  });

  test("comes once a day at its hour, and at once when the server was down then", () => {
    const times = after("2026-05-04T02:00:03+02:00");
    expect(next(daily, times, "2026-05-04T23:00:00+02:00")).toBe("2026-05-05T00:00:00.000Z");
    expect(at(next(daily, times, "2026-05-09T09:00:00+02:00") ?? "")).toBeLessThan(at("2026-05-09T09:00:00+02:00"));
  });

  test("at an hour that summer time leaves out comes an hour later, and at one that comes twice it comes once", () => {
    // 2:00 does not exist on 29 March 2026; it comes twice on 25 October.
    expect(next(daily, after("2026-03-28T02:00:00+01:00"), "2026-03-28T12:00:00Z")).toBe("2026-03-29T01:00:00.000Z");
    const autumn = next(daily, after("2026-10-24T02:00:00+02:00"), "2026-10-24T12:00:00Z");
    expect(autumn).toBe("2026-10-25T00:00:00.000Z");
    expect(next(daily, after("2026-10-25T00:00:02Z"), "2026-10-25T00:30:00Z")).toBe("2026-10-26T01:00:00.000Z");
  });

  // Clocks that change at midnight, by half an hour, in the south, and not at all.
  const zones = ["Europe/Berlin", "America/Santiago", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Dhaka"];

  test.each(zones)("is made exactly once on every day of a year in %s, whatever its hour", (zone) => {
    vi.stubEnv("TZ", zone);
    for (const hour of [0, 1, 2, 3, 23]) {
      const made = new Map<string, number>();
      let times: Parameters<typeof nextBackupAt>[1] = { ...never, since: at("2025-12-28T00:00:00Z") };
      for (let now = at("2025-12-28T00:00:00Z"); now < at("2027-01-04T00:00:00Z"); now += 600_000) {
        if ((nextBackupAt({ ...daily, hour }, times, now) ?? 0) <= now) {
          times = { ...times, lastBackupAt: now, lastAttemptAt: now };
          const day = new Date(now).toDateString();
          made.set(day, (made.get(day) ?? 0) + 1);
        }
      }
      const days = [...made.keys()].filter((day) => day.endsWith("2026"));
      expect([hour, days.length, Math.max(...made.values())]).toEqual([hour, 365, 1]);
    }
  });

  test("of a server that was off for nights is one, and the next night has its own again", () => {
    const back = "2026-05-09T09:00:00+02:00";
    const missed = nextBackupAt(daily, after("2026-05-04T02:00:03+02:00"), at(back)) ?? 0;
    expect(missed).toBeLessThan(at(back));
    expect(next(daily, after(back), back)).toBe("2026-05-10T00:00:00.000Z");
  });

  test("is tried again an hour after it failed, not every minute", () => {
    const times = { ...after("2026-05-04T02:00:00+02:00"), lastAttemptAt: at("2026-05-05T02:00:00+02:00") };
    expect(next(daily, times, "2026-05-05T02:01:00+02:00")).toBe("2026-05-05T01:00:00.000Z");
  });

  test("does not wait for a time that a wrong clock has written", () => {
    const times = after("2031-01-01T00:00:00Z");
    expect(at(next(daily, times, "2026-05-05T12:00:00Z") ?? "")).toBeLessThan(at("2026-05-05T12:00:00Z"));
    // A clock that was put right by a second makes no second backup.
    expect(next(daily, after("2026-05-05T00:00:01Z"), "2026-05-05T00:00:00Z")).toBe("2026-05-06T00:00:00.000Z");
  });
});

test("a backup every few hours counts from the last one; off is off", () => {
  const hourly: BackupSchedule = { ...daily, every: "hours", hours: 6 };
  expect(next(hourly, after("2026-03-28T22:00:00Z"), "2026-03-28T23:00:00Z")).toBe("2026-03-29T04:00:00.000Z");
  expect(next({ ...daily, every: "off" }, never, "2026-05-05T00:00:00Z")).toBeNull();
});
