import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type DataFolder, openDataFolder } from "../platform/data-folder.ts";
import type { ControlParts } from "../server/control-actions.ts";
import { type ControlServer, openControlServer } from "../server/control-server.ts";
import { withLentCore } from "./with-lent-core.ts";

let path: string;
let folder: DataFolder;
let server: ControlServer | null;
let lent: number;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), "shobar-lent-core-"));
  folder = openDataFolder(path, "server");
  server = null;
  lent = 0;
});
afterEach(async () => {
  await server?.close();
  folder.release();
  rmSync(path, { recursive: true });
});

async function serve(): Promise<void> {
  const lendCore: ControlParts["lendCore"] = () => {
    lent += 1;
    return { [Symbol.dispose]: () => (lent -= 1) };
  };
  server = await openControlServer(path, { lendCore } as ControlParts, pino({ level: "silent" }));
  folder.announce({ url: "http://localhost:1", controlSocket: server.address });
}

test("a server has lent a core before the work begins, and has it back when the work is done or has failed", async () => {
  await serve();
  expect(await withLentCore(path, async () => lent)).toBe(1);
  await vi.waitUntil(() => lent === 0);
  const failed = withLentCore(path, () => Promise.reject(new Error(`failed with ${lent}`)));
  await expect(failed).rejects.toThrow("failed with 1");
  await vi.waitUntil(() => lent === 0);
});

test("work goes on where the server stops meanwhile", async () => {
  await serve();
  const work = async () => {
    await server?.close();
    server = null;
    return "done";
  };
  expect(await withLentCore(path, work)).toBe("done");
});

test("without a server the work is done all the same", async () => {
  expect(await withLentCore(path, async () => "done")).toBe("done");
});
