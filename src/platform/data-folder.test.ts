import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { minFreeBytes, openDataFolder, openDataFolderOfServer, readServerNote } from "./data-folder.ts";
import { measureFsyncMs } from "./disk-speed.ts";

let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "shobar-folder-"));
  folder = join(parent, "deep", "data");
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

describe("A data folder", () => {
  test("is made for its own user alone", () => {
    const opened = openDataFolder(folder, "server");
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(opened.logFolder).mode & 0o777).toBe(0o700);
    opened.release();
  });

  test("has one holder at a time, and the refusal names its process", () => {
    const opened = openDataFolder(folder, "server");
    expect(() => openDataFolder(folder, "server")).toThrow(
      expect.objectContaining({ code: "data_folder_locked", details: { folder, pid: process.pid } }),
    );
    opened.release();
    openDataFolder(folder, "server").release();
  });

  test("is waited for while only a command has it", async () => {
    const command = openDataFolder(folder, "command");
    const server = openDataFolderOfServer(folder);
    const stillWaiting = await Promise.race([server, Promise.resolve("waiting")]);
    expect(stillWaiting).toBe("waiting");
    command.release();
    (await server).release();
  });

  test("is not waited for while a server has it", async () => {
    const opened = openDataFolder(folder, "server");
    await expect(openDataFolderOfServer(folder)).rejects.toMatchObject({ code: "data_folder_locked" });
    opened.release();
  });

  test("tells others where its server is, until that lets go", () => {
    const opened = openDataFolder(folder, "server");
    opened.announce({ url: "http://127.0.0.1:1", controlSocket: "/x" });
    expect(readServerNote(folder)).toEqual({
      holder: "server",
      pid: process.pid,
      url: "http://127.0.0.1:1",
      controlSocket: "/x",
    });
    opened.release();
    expect(readServerNote(folder)).toBeNull();
  });

  test("is refused while its disk is nearly full, and is free again then", () => {
    expect(() => openDataFolder(folder, "server", () => minFreeBytes - 1)).toThrow(
      expect.objectContaining({ code: "disk_nearly_full" }),
    );
    const opened = openDataFolder(folder, "server", () => minFreeBytes);
    expect(opened.warnings).toEqual(["Only 64 MB is free on the disk of the data folder."]);
    opened.release();
  });

  test("is refused with a reason where a file has its name", () => {
    const file = join(parent, "file");
    writeFileSync(file, "");
    expect(() => openDataFolder(file, "server")).toThrow(expect.objectContaining({ code: "data_folder_unwritable" }));
    expect(() => openDataFolder(join(file, "below"), "server")).toThrow(
      expect.objectContaining({ code: "data_folder_unwritable" }),
    );
  });

  test.runIf(existsSync("/proc/self"))("is refused, not waited for, where no folder can be made", () => {
    expect(() => openDataFolder("/proc/shobar", "server")).toThrow(
      expect.objectContaining({ code: "data_folder_unwritable" }),
    );
  });
});

test("the disk's speed is measured and leaves no file", async () => {
  const ms = await measureFsyncMs(parent);
  expect(ms).toBeGreaterThanOrEqual(0);
  expect(existsSync(join(parent, `.fsync-${process.pid}`))).toBe(false);
});
