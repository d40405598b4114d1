// What admins are told after an upgrade: once, until one of them knows of it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { UpgradeState } from "../../src/features/upgrades/contract.ts";
import { recordVersion } from "../../src/platform/database/version-store.ts";
import { buildTestApp, type TestUser } from "../support/build-test-app.ts";

const version = "0.10.0";

const read = async (by: TestUser): Promise<UpgradeState> =>
  (await by.inject({ url: "/api/upgrades" })).json<UpgradeState>();

test("after an upgrade every admin is told of it, until one of them has seen it; members are not", async () => {
  await using server = await buildTestApp({ version });
  const [owner, admin] = [await server.aUser({ role: "owner" }), await server.aUser({ role: "admin" })];
  const member = await server.aUser();
  await server.db.run(recordVersion, { version: "0.9.0", now: 10 });
  await server.db.run(recordVersion, { version, now: 20 });
  const last = { fromVersion: "0.9.0", at: 20, isSeen: false };
  expect(await read(owner)).toEqual({ version, last, wayBack: null });
  expect(await read(admin)).toEqual({ version, last, wayBack: null });
  expect((await member.inject({ url: "/api/upgrades" })).statusCode).toBe(403);

  const mark = async (seen: string): Promise<UpgradeState> =>
    (await admin.inject({ method: "PUT", url: "/api/upgrades/seen", payload: { version: seen } })).json();
  // A page that was open since before the upgrade.
  expect((await mark("0.9.0")).last?.isSeen).toBe(false);
  expect((await mark(version)).last?.isSeen).toBe(true);
  expect((await mark(version)).last?.isSeen).toBe(true);
  expect((await read(owner)).last?.isSeen).toBe(true);
});

test.each([
  ["a new server", [version]],
  ["an older program than the one before", ["0.11.0", version]],
])("%s is no upgrade", async (_name, versions) => {
  await using server = await buildTestApp({ version });
  for (const [index, each] of versions.entries()) {
    await server.db.run(recordVersion, { version: each, now: index });
  }
  expect(await read(await server.aUser({ role: "admin" }))).toEqual({ version, last: null, wayBack: null });
});

test("what changed is told of each version up to the one that runs; without the list, nothing", async () => {
  const productFolder = mkdtempSync(join(tmpdir(), "shobar-product-"));
  await using server = await buildTestApp({ version, productFolder });
  const admin = await server.aUser({ role: "admin" });
  const releases = async () => (await admin.inject({ url: "/api/upgrades/releases" })).json<unknown>();
  expect(await releases()).toEqual({ items: [] });
  writeFileSync(
    join(productFolder, "CHANGELOG.md"),
    "# Changelog\n\n## 0.11.0\n\n- Later.\n\n## 0.10.0\n\n- Now.\n\n## 0.9.0\n\n- Before,\n  on two lines.\n",
  );
  expect(await releases()).toEqual({
    items: [
      { version: "0.10.0", changes: ["Now."] },
      { version: "0.9.0", changes: ["Before, on two lines."] },
    ],
  });
  rmSync(productFolder, { recursive: true });
});
