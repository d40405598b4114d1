import { describe, expect, test } from "vitest";
import { readSyncTrace } from "../support/read-sync-trace.ts";
import { traceWrites } from "../support/trace-writes.ts";

const mark = /mark-\d+-end/g;
const wal = "7</data/shobar.db-wal>";
const write = (text: string) => `11 pwrite64(${wal}, "${text}", 4096, 32) = 4096`;
const sync = `11 fdatasync(${wal}) = 0`;
const answer = (text: string) =>
  `10 writev(9<socket:[1]>, [{iov_base="HTTP/1.1 200 OK\\r\\n ${text}", iov_len=9}], 1) = 9`;

describe("The reader of traces", () => {
  const unsyncedOf = (...lines: string[]) => readSyncTrace(lines.join("\n"), mark).unsynced;

  test("accepts what was synced between its bytes and its answer, many with one sync", () => {
    expect(unsyncedOf(write("mark-1-end mark-2-end"), sync, answer("mark-1-end"), answer("mark-2-end"))).toEqual([]);
  });

  test.each([
    ["has no sync", [write("mark-1-end"), answer("mark-1-end")]],
    ["has a sync only before its bytes", [sync, write("mark-1-end"), answer("mark-1-end")]],
    ["has a sync only after its answer", [write("mark-1-end"), answer("mark-1-end"), sync]],
    ["was never written", [sync, answer("mark-1-end")]],
    ["has a sync of another file", [write("mark-1-end"), "11 fdatasync(8</data/log>) = 0", answer("mark-1-end")]],
    [
      "is answered while its sync runs",
      [
        write("mark-1-end"),
        `11 fdatasync(${wal} <unfinished ...>`,
        answer("mark-1-end"),
        "11 <... fdatasync resumed>) = 0",
      ],
    ],
    [
      "has a sync that began before its bytes",
      [
        `11 fdatasync(${wal} <unfinished ...>`,
        write("mark-1-end").replace("11", "12"),
        "11 <... fdatasync resumed>) = 0",
        answer("mark-1-end"),
      ],
    ],
  ])("finds an acknowledged write that %s", (_what, lines) => {
    expect(unsyncedOf(...lines)).toEqual(["mark-1-end"]);
  });

  test("takes a refusal for no acknowledgement", () => {
    expect(readSyncTrace(answer("mark-1-end").replace("200 OK", "507 No"), mark).acknowledged).toEqual([]);
  });
});

/** The seeded small part of tests/long/acknowledged-writes.test.ts. */
describe.runIf(process.platform === "linux")("A server under strace", () => {
  test("acknowledges no write before the database's log is synced", async () => {
    const { acknowledged, unsynced, syncs } = await traceWrites({ writes: 100 });
    console.log(`${acknowledged.length} writes, ${syncs} syncs`);
    expect(acknowledged.length).toBeGreaterThanOrEqual(100);
    expect(unsynced).toEqual([]);
  }, 180_000);

  test("that does not sync at each commit is found out", async () => {
    const preload = `import { DatabaseSync } from "node:sqlite";
      const { exec } = DatabaseSync.prototype;
      DatabaseSync.prototype.exec = function (sql) { return exec.call(this, sql.replace("synchronous = FULL", "synchronous = NORMAL")); };`;
    const nodeFlags = ["--import", `data:text/javascript,${encodeURIComponent(preload)}`];
    const { unsynced } = await traceWrites({ writes: 20, nodeFlags });
    expect(unsynced.length).toBeGreaterThan(10);
  }, 180_000);
});
