import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freeModelName, placeFile, safeModelName } from "./place-upload.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shobar-place-upload-"));
});
afterEach(() => rm(folder, { recursive: true }));

test.each([
  ["../../etc/passwd.gguf", "passwd.gguf"],
  ["C:\\models\\My Model (1).GGUF", "My-Model-1.gguf"],
  [".hidden.gguf", "hidden.gguf"],
  ["a\u0000b\n.gguf", "a-b.gguf"],
  [".gguf", "model.gguf"],
  [`${"a".repeat(300)}.gguf`, `${"a".repeat(100)}.gguf`],
])("the name %j becomes %s", (given, expected) => {
  expect(safeModelName(given)).toBe(expected);
});

test("a name is free where neither its file nor its id is taken", () => {
  const isTaken = (name: string) => name === "a-2.gguf";
  expect(freeModelName("A.gguf", new Set(["a"]), isTaken)).toBe("A-2.gguf");
  expect(freeModelName("a.gguf", new Set(["a"]), isTaken)).toBe("a-3.gguf");
});

describe("placing a file", () => {
  test("never replaces another that came meanwhile", async () => {
    await writeFile(join(folder, "bytes"), "new");
    await writeFile(join(folder, "a.gguf"), "mine");
    expect(await placeFile(join(folder, "bytes"), folder, "a.gguf")).toBe(false);
    expect(await readFile(join(folder, "a.gguf"), "utf8")).toBe("mine");
  });

  test("knows its own work again after a crash between the two names", async () => {
    await writeFile(join(folder, "bytes"), "new");
    expect(await placeFile(join(folder, "bytes"), folder, "a.gguf")).toBe(true);
    expect(await placeFile(join(folder, "bytes"), folder, "a.gguf")).toBe(true);
    expect(await readFile(join(folder, "a.gguf"), "utf8")).toBe("new");
  });
});
