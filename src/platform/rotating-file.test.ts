import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
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

test("a line that cannot be written is lost, not fatal", () => {
  const log = openRotatingFile({ file: join(folder, "a.log"), maxBytes: 1000, keep: 2 });
  log.close();
  expect(() => log.write("late\n")).not.toThrow();
});
