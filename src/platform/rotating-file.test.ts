import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { mountSmallDisk } from "../../tests/support/small-disk.ts";
import { openRotatingFile } from "./rotating-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shobar-log-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a log never takes more than its files may hold, and keeps the newest lines", () => {
  const file = join(folder, "a.log");
  const log = openRotatingFile({ file, maxBytes: 1000, keep: 2 });
  for (let line = 0; line < 1000; line++) {
    log.write(`line ${line}\n`);
  }
  log.close();
  const files = readdirSync(folder).sort();
  expect(files).toEqual(["a.log", "a.log.1", "a.log.2"]);
  for (const name of files) {
    expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(1000);
  }
  expect(readFileSync(file, "utf8")).toContain("line 999\n");
});

test("a second start goes on in the same file", () => {
  const file = join(folder, "a.log");
  for (const line of ["one\n", "two\n"]) {
    const log = openRotatingFile({ file, maxBytes: 1000, keep: 2 });
    log.write(line);
    log.close();
  }
  expect(readFileSync(file, "utf8")).toBe("one\ntwo\n");
});

test("a line that comes after the end goes nowhere, above all not into what was opened since", () => {
  const log = openRotatingFile({ file: join(folder, "a.log"), maxBytes: 1000, keep: 2 });
  log.close();
  const other = openSync(join(folder, "shobar.db"), "w");
  expect(() => log.write("late\n")).not.toThrow();
  closeSync(other);
  expect(statSync(join(folder, "shobar.db")).size).toBe(0);
});

test("where no new file can be made, lines are lost, not fatal, and go nowhere else; later the log goes on", () => {
  const logFolder = join(folder, "log");
  mkdirSync(logFolder);
  const log = openRotatingFile({ file: join(logFolder, "a.log"), maxBytes: 100, keep: 1 });
  log.write("x".repeat(90));
  renameSync(logFolder, join(folder, "away"));
  log.write("y".repeat(90));
  const other = openSync(join(folder, "shobar.db"), "w");
  log.write("z".repeat(90));
  closeSync(other);
  expect(statSync(join(folder, "shobar.db")).size).toBe(0);
  mkdirSync(logFolder);
  log.write("again\n");
  log.close();
  expect(readFileSync(join(logFolder, "a.log"), "utf8")).toBe("again\n");
});

test.runIf(process.platform === "linux")("a line that a full disk has cut does not spoil the next one", () => {
  using disk = mountSmallDisk(1);
  const file = join(disk.folder, "a.log");
  const log = openRotatingFile({ file, maxBytes: 1_000_000, keep: 1 });
  log.write("first\n");
  disk.fill(4096);
  const long = `${"x".repeat(10_000)}\n`;
  log.write(long);
  disk.free();
  log.write("second\n");
  log.close();
  const lines = readFileSync(file, "utf8").split("\n");
  expect(lines.at(-2)).toBe("second");
  expect(lines[1]!.length).toBeLessThan(long.length - 1);
});
