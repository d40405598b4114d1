import { expect, test } from "vitest";
import { chooseFiles } from "./choose-files.ts";
import { readDownloadSource } from "./download-source.ts";

const repository = "ana/tiny-GGUF";
const list = (...paths: string[]) => paths.map((path) => ({ path, sizeBytes: 1, sha256: null }));
const several = list("README.md", "a-Q4_K_M.gguf", "a-Q4_K_S.gguf", "a-IQ4_K_M.gguf", "a-F16.gguf", "mmproj-F16.gguf");
const split = list("q8/a-Q8_0-00002-of-00002.gguf", "q8/a-Q8_0-00001-of-00002.gguf", "a-Q2_K.gguf");
const chosen = (...wish: Parameters<typeof chooseFiles>) => chooseFiles(...wish).map(({ path }) => path);

test.each([
  ["nothing said", several, null, ["a-Q4_K_M.gguf"]],
  ["a quantization in another case", several, "q4_k_s", ["a-Q4_K_S.gguf"]],
  ["a file", several, "a-F16.gguf", ["a-F16.gguf"]],
  [
    "a quantization of a split model",
    split,
    "Q8_0",
    ["q8/a-Q8_0-00001-of-00002.gguf", "q8/a-Q8_0-00002-of-00002.gguf"],
  ],
  [
    "any part of a split model",
    split,
    "q8/a-Q8_0-00002-of-00002.gguf",
    ["q8/a-Q8_0-00001-of-00002.gguf", "q8/a-Q8_0-00002-of-00002.gguf"],
  ],
])("with %s", (_what, files, wanted, expected) => {
  expect(chosen(files, repository, wanted)).toEqual(expected);
});

test("a split model of which a part is missing is not fetched", () => {
  expect(() => chooseFiles(split.slice(1), repository, "Q8_0")).toThrow(
    expect.objectContaining({ code: "download_file_missing" }),
  );
});

test("a repository without models says so", () => {
  const files = list("model.safetensors", "mmproj-F16.gguf");
  expect(() => chooseFiles(files, repository, null)).toThrow(expect.objectContaining({ code: "download_no_model" }));
});

const host = "https://hub.example/hf";
const of = (file: string | null, revision = "main") => ({ kind: "repository", repository, revision, file });

test.each([
  ["ana/tiny-GGUF", of(null)],
  [" ana/tiny-GGUF:Q4_K_M ", of("Q4_K_M")],
  ["ana/tiny-GGUF/q8/a.gguf", of("q8/a.gguf")],
  ["https://hub.example/hf/ana/tiny-GGUF", of(null)],
  ["https://hub.example/hf/ana/tiny-GGUF/tree/main", of(null)],
  ["https://hub.example/hf/ana/tiny-GGUF/blob/v2/q8/a%20b.gguf", of("q8/a b.gguf", "v2")],
  ["https://hub.example/hf/ana/tiny-GGUF/resolve/main/a.gguf?download=true", of("a.gguf")],
  ["https://files.example/a.gguf?key=1#top", { kind: "address", url: "https://files.example/a.gguf?key=1" }],
])("%s is understood", (typed, source) => {
  expect(readDownloadSource(typed, host)).toEqual(source);
});

test.each([
  "tiny",
  "ana/tiny/../x",
  "ana/tiny//x",
  "https://u:p@files.example/a.gguf",
  "https://hub.example/hf/a/b/blob/main/..%2f..%2fx",
  "ftp://a/b.gguf",
])("%s is not", (typed) => {
  expect(() => readDownloadSource(typed, host)).toThrow(expect.objectContaining({ code: "download_source_unclear" }));
});
