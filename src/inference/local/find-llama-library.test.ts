import { expect, test } from "vitest";
import { findLibraryFiles, findLlamaLibrary, type Machine } from "./find-llama-library.ts";

const linuxNames = [
  "libggml-base.so",
  "libggml.v0.4.0.so",
  "libllama-common.so",
  "libllama.v0.4.0.so",
  "llama-addon.node",
];
const macNames = [
  "libggml-base.dylib",
  "libggml.metal.v0.4.0.dylib",
  "libllama-common.dylib",
  "libllama.metal.v0.4.0.dylib",
];
const windowsNames = ["ggml-base.dll", "ggml-cpu.dll", "ggml.v0.4.0.dll", "llama-common.dll", "llama.v0.4.0.dll"];

function aMachine(changes: Partial<Machine> = {}): Machine {
  return {
    platform: "linux",
    arch: "x64",
    glibcVersion: "2.39",
    findPackage: (name) => `/app/node_modules/${name}`,
    listFolder: () => linuxNames,
    ...changes,
  };
}

test("this machine's library is found by path", () => {
  expect(findLlamaLibrary()).toMatch(/bins/);
});

test.each([
  ["linux", "x64", linuxNames, "linux-x64"],
  ["linux", "arm64", linuxNames, "linux-arm64"],
  ["darwin", "arm64", macNames, "mac-arm64-metal"],
  ["darwin", "x64", macNames, "mac-x64"],
  ["win32", "x64", windowsNames, "win-x64"],
  ["win32", "arm64", windowsNames, "win-arm64"],
])("on %s %s the package of that platform is taken", (platform, arch, names, folder) => {
  const found = findLlamaLibrary(aMachine({ platform, arch, listFolder: () => names }));
  expect(found.replaceAll("\\", "/")).toBe(`/app/node_modules/@node-llama-cpp/${folder}/bins/${folder}`);
});

test.each([
  ["an unknown platform", { platform: "freebsd" }, "freebsd on x64"],
  ["a package that is not installed", { findPackage: () => null }, "@node-llama-cpp/linux-x64 is not installed"],
  ["musl", { glibcVersion: null }, "musl"],
  ["an old glibc", { glibcVersion: "2.31" }, "glibc 2.31"],
  ["a missing library", { listFolder: () => linuxNames.slice(0, 3) }, "llama is missing"],
  ["two versions in one folder", { listFolder: () => [...linuxNames, "libllama.v0.5.0.so"] }, "more than one llama"],
] satisfies [string, Partial<Machine>, string][])("%s gives one sentence", (_, changes, sentence) => {
  expect(() => findLlamaLibrary(aMachine(changes))).toThrow(
    expect.objectContaining({ code: "engine_unavailable", message: expect.stringContaining(sentence) }),
  );
});

test("glibc does not matter where there is none", () => {
  const machine = aMachine({ platform: "darwin", arch: "arm64", glibcVersion: null, listFolder: () => macNames });
  expect(findLlamaLibrary(machine)).toContain("mac-arm64-metal");
});

test("a folder that cannot be read gives one sentence", () => {
  expect(() => findLibraryFiles("/nowhere")).toThrow(/cannot be read/);
});
