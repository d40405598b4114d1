import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { aModelFile, buildModelFile } from "../../../tests/support/build-model-file.ts";
import { splitModelFile } from "../../../tests/support/split-model-file.ts";
import { readModelFile } from "./model-file.ts";
import { partOf, pathOfPart } from "./model-file-parts.ts";
import { createModelFolder } from "./model-folder.ts";

const whole = buildModelFile(aModelFile());
const [one, two] = splitModelFile(whole);
const firstName = "tiny-00001-of-00002.gguf";
const secondName = "tiny-00002-of-00002.gguf";
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shobar-parts-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function put(files: Record<string, Uint8Array>): Promise<string> {
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  return join(folder, firstName);
}

const problemOf = async (files: Record<string, Uint8Array>) =>
  readModelFile(await put(files)).then(
    () => null,
    (error: unknown) => (error as Error).message,
  );

test("the name of a part says which it is and where the others are", () => {
  expect(partOf("a-b-00002-of-00010.gguf")).toEqual({ stem: "a-b", number: 2, count: 10 });
  expect(partOf("a-2-of-10.gguf")).toBeNull();
  expect(pathOfPart("/m/a-00001-of-00010.GGUF", 7)).toBe("/m/a-00007-of-00010.GGUF");
});

test("a model in parts is read as one: its weights and its size are those of all parts", async () => {
  const path = await put({ [firstName]: one, [secondName]: two, "whole.gguf": whole });
  const [parts, single] = [await readModelFile(path), await readModelFile(join(folder, "whole.gguf"))];
  expect(parts).toMatchObject({ name: "Tiny", tensorCount: 2, parameterCount: single.parameterCount });
  expect(parts.tensorBytes).toBe(single.tensorBytes);
  expect(parts.fileBytes).toBe(one.length + two.length);
});

describe("a model in parts is refused", () => {
  const changed = (bytes: Buffer, key: string, value: number): Buffer => {
    const copy = Buffer.from(bytes);
    copy.writeUInt16LE(value, copy.indexOf(key) + key.length + 4);
    return copy;
  };

  test.each([
    ["a part is missing", { [firstName]: one }, "part 2 of 2 is not there"],
    ["a part is there twice", { [firstName]: one, [secondName]: one }, "does not say that it is part 2"],
    ["a part is of another set", { [firstName]: one, [secondName]: changed(two, "split.count", 3) }, "part 2 of 2"],
    ["a part is cut", { [firstName]: one, [secondName]: two.subarray(0, two.length - 64) }, "beyond the end"],
    ["a part is no model", { [firstName]: one, [secondName]: Buffer.alloc(100) }, "not a GGUF file"],
    [
      "the first says that it is another",
      { [firstName]: changed(one, "split.no", 1), [secondName]: two },
      "of 2 parts",
    ],
    [
      "tensors are missing",
      { [firstName]: changed(one, "split.tensors.count", 3), [secondName]: two },
      "should have 3",
    ],
    ["only its name is of a part", { [firstName]: whole, [secondName]: whole }, "its name says that it is a part"],
  ])("where %s", async (_, files, problem) => {
    expect(await problemOf(files)).toContain(problem);
  });

  test("where its first part has another name", async () => {
    await writeFile(join(folder, "renamed.gguf"), one);
    await expect(readModelFile(join(folder, "renamed.gguf"))).rejects.toThrow("one of 2 parts");
  });
});

test("in a folder it is one model, and works as soon as its last part has come", async () => {
  await put({ [firstName]: one });
  const place = { kind: "folder", path: folder, placeId: null } as const;
  const list = createModelFolder({ places: async () => [place], starterFolder: null, dataFolder: folder });
  expect(await list.list()).toMatchObject([{ id: "tiny", error: { code: "model_file_invalid" } }]);
  await put({ [secondName]: two });
  expect(await list.list()).toMatchObject([{ id: "tiny", name: "Tiny", error: null }]);
});
