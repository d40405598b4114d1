// kill -9 at everything that saving does to the disk.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runUntilKilled } from "../../../tests/support/run-until-killed.ts";
import { createStateStore } from "./state-store.ts";

const program = join(import.meta.dirname, "state-kills.test-writer.ts");

async function inNewFolder<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "shobar-state-kills-"));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("whenever saving is killed, what is found afterwards is whole, and nothing half lies about", async () => {
  const points = await inNewFolder((folder) => runUntilKilled(program, [folder], -1));
  expect(points).toBeGreaterThan(15);
  const counts = new Set<number>();
  for (let point = 0; point < points; point += 2) {
    await inNewFolder(async (folder) => {
      await runUntilKilled(program, [folder], point);
      const store = createStateStore({ folder, model: "model", key: Buffer.alloc(32, 3), maxBytes: null });
      const found = store.list();
      counts.add(found.length);
      for (const { name, dataBytes } of found) {
        const data = store.read(name)?.data;
        expect(data).toHaveLength(dataBytes);
        expect(data?.every((byte) => byte === data[0])).toBe(true);
      }
      const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name !== "model");
      expect(files).toHaveLength(found.length);
    });
  }
  expect([...counts].sort((one, other) => one - other)).toEqual([0, 1, 2]);
}, 240_000);
