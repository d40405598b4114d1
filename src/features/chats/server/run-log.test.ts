import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { aQueuedRun } from "../../../../tests/support/scripted-answers.ts";
import type { AnyCommand, Database } from "../../../platform/database/command.ts";
import { AppError } from "../../../platform/errors.ts";
import { createLiveRun, type LiveRun } from "./live-run.ts";
import { createRunBus } from "./run-bus.ts";
import { createRunLog, leaseMs } from "./run-log.ts";
import { appendRunEvents, renewLeases, type RunText, settleRun } from "./run-store.ts";

/** Answers each command as a test wants it to, and remembers what was asked. */
function aRecordingDatabase(answer: (command: AnyCommand) => unknown = () => []) {
  const calls: { name: string; at: number; args: Record<string, unknown> }[] = [];
  const database: Database = {
    async run(command, args) {
      calls.push({ name: command.name, at: Date.now(), args: args as Record<string, unknown> });
      return (await answer(command as AnyCommand)) as Awaited<ReturnType<typeof command.run>>;
    },
    close: () => Promise.resolve(),
  };
  const textsOf = (call: (typeof calls)[number]): RunText[] => call.args["texts"] as RunText[];
  return { database, calls, textsOf, appends: () => calls.filter(({ name }) => name === appendRunEvents.name) };
}

const unthought = { reasoning: "", reasoningMs: 0 };

function aLiveRun(id: string, text = ""): LiveRun {
  const run = aQueuedRun(id);
  const scope = { userId: "u", organisationId: "o", role: "member" as const };
  return createLiveRun(
    { scope, chatId: "c", messageId: "a", run, fence: 1, leaseUntil: Date.now() + leaseMs, text, ...unthought },
    createRunBus(),
    Date.now,
  );
}

const say = (live: LiveRun, text: string): unknown => live.take({ type: "text-delta", text, tokens: 1 });

describe("the run log", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const parts = (database: Database) => ({ database, clock: Date.now, logger: pino({ level: "silent" }), nodeId: "n" });

  test("text is on its way to disk within 200 ms, all runs in one command, each piece once", async () => {
    const { database, appends, textsOf } = aRecordingDatabase();
    const log = createRunLog(parts(database));
    const runs = Array.from({ length: 50 }, (_, index) => aLiveRun(`run-${index}`, "before "));
    runs.forEach(log.add);
    const begun = Date.now();
    runs.forEach((live) => say(live, "a"));
    runs.forEach((live) => say(live, "b"));
    await vi.advanceTimersByTimeAsync(200);
    expect(appends()).toHaveLength(1);
    expect(appends()[0]!.at - begun).toBeLessThan(200);
    expect(textsOf(appends()[0]!)).toHaveLength(50);
    expect(textsOf(appends()[0]!)[7]).toEqual({ runId: "run-7", fence: 1, seq: 1, said: { text: "ab", ...unthought } });
    say(runs[7]!, "c");
    await vi.advanceTimersByTimeAsync(200);
    expect(textsOf(appends()[1]!)).toEqual([{ runId: "run-7", fence: 1, seq: 2, said: { text: "c", ...unthought } }]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(appends()).toHaveLength(2);
    await Promise.all(runs.map((live) => log.settle(live, live.outcome(), 1)));
    await vi.advanceTimersByTimeAsync(200);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("what could not be written goes with the next flush, in order and once", async () => {
    let refusals = 2;
    const { database, appends, textsOf } = aRecordingDatabase(() => {
      if (refusals-- > 0) {
        throw new AppError("disk_full");
      }
      return [];
    });
    const log = createRunLog(parts(database));
    const live = aLiveRun("run");
    log.add(live);
    say(live, "one ");
    await vi.advanceTimersByTimeAsync(160);
    say(live, "two ");
    await vi.advanceTimersByTimeAsync(1000);
    expect(appends().map((call) => textsOf(call)[0])).toMatchObject([
      { seq: 1, said: { text: "one " } },
      { seq: 1, said: { text: "one two " } },
      { seq: 1, said: { text: "one two " } },
    ]);
    await log.settle(live, live.outcome(), 1);
  });

  test("a run that is not its own any more is interrupted and left alone", async () => {
    const { database, calls } = aRecordingDatabase(() => ["run"]);
    const log = createRunLog(parts(database));
    const live = aLiveRun("run");
    log.add(live);
    say(live, "text");
    await vi.advanceTimersByTimeAsync(200);
    expect(live.signal.aborted).toBe(true);
    say(live, "more");
    await vi.advanceTimersByTimeAsync(leaseMs);
    expect(calls.map(({ name }) => name)).toEqual([appendRunEvents.name]);
  });

  test("a run that waits in silence renews its lease in time", async () => {
    const { database, calls } = aRecordingDatabase();
    const log = createRunLog(parts(database));
    const live = aLiveRun("run");
    log.add(live);
    const begun = Date.now();
    await vi.advanceTimersByTimeAsync(5 * leaseMs);
    const untils = calls.map(({ name, args, at }) => ({ name, at, until: args["leaseUntil"] as number }));
    let until = begun + leaseMs;
    for (const call of untils) {
      expect(call.name).toBe(renewLeases.name);
      expect(call.at).toBeLessThan(until);
      until = call.until;
    }
    expect(until).toBeGreaterThan(Date.now());
    expect(untils.length).toBeLessThan(20);
    await log.settle(live, live.outcome(), 1);
  });

  test("the end is written behind the flush that is under way, and nothing after it", async () => {
    let finishFlush = (): void => {};
    const { database, calls } = aRecordingDatabase((command) =>
      command === appendRunEvents
        ? new Promise((resolve) => (finishFlush = () => resolve([])))
        : command.name === settleRun.name,
    );
    const log = createRunLog(parts(database));
    const live = aLiveRun("run", "old ");
    log.add(live);
    say(live, "new");
    await vi.advanceTimersByTimeAsync(160);
    say(live, "est");
    const settled = log.settle(live, live.outcome(), 5);
    await vi.advanceTimersByTimeAsync(500);
    expect(calls.map(({ name }) => name)).toEqual([appendRunEvents.name]);
    finishFlush();
    expect(await settled).toBe(true);
    await vi.advanceTimersByTimeAsync(1000);
    expect(calls.map(({ name }) => name)).toEqual([appendRunEvents.name, settleRun.name]);
    expect(calls[1]?.args).toMatchObject({ said: { text: "old newest" }, fence: 1, node: "n" });
  });
});
