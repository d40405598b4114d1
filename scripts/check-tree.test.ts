import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findTreeFaults } from "./check-tree.ts";

let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "shobar-tree-"));
  await put("package.json", `{ "dependencies": { "part": "1.0.0" } }`);
  await put("package-lock.json", `{ "packages": { "": {}, "node_modules/part": {} } }`);
});

afterEach(() => rm(root, { recursive: true, force: true }));

async function put(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(path.join(root, file)), { recursive: true });
  await writeFile(path.join(root, file), text);
}

test("a clean tree has no faults, whatever lies in folders that are not ours", async () => {
  await put("src/features/models/choose-model.ts", `export const model = "a type";\n`);
  await put("src/features/knowledge/knowledge-base.ts", "");
  await put("node_modules/part/utils.ts", "");
  await put("models/shared/notice.txt", "");
  expect(findTreeFaults(root)).toEqual([]);
});

test.each([
  ["src/platform/utils.ts", "", `the name "utils" says nothing`],
  ["src/shared/chat.ts", "", `the name "shared" says nothing`],
  ["src/server/engine-manager.test.ts", "", `the name "engine-manager" says nothing`],
  ["src/features/chats/index.ts", "", "no barrels"],
  ["docs/install.md", "from https://registry.npmjs.org/", "names a package registry's host"],
  ["README.md", "see /work/main", "names a folder of somebody's machine"],
  ["src/server/app.test.ts", `test.skip("later", () => {});`, "skips or singles out a test"],
  ["src/server/app.ts", `import { env } from "node:process";`, "reads the environment past src/platform/config"],
  ["src/server/app.ts", "/* oxlint-disable */", "switches a lint rule off for a whole file"],
])("%s with %j is a fault", async (file, text, fault) => {
  await put(file, text);
  expect(findTreeFaults(root)).toEqual([expect.stringMatching(`^${file}: ${fault}`)]);
});

test("a version range in package.json is a fault", async () => {
  await put("package.json", `{ "devDependencies": { "part": "^1.0.0" } }`);
  expect(findTreeFaults(root)).toEqual([`package.json: part is "^1.0.0", not an exact version`]);
});

test("a lockfile that lacks an optional package of another system is a fault", async () => {
  const part = { optionalDependencies: { "part-on-mars": "1.0.0", "part-on-earth": "1.0.0" } };
  await put(
    "package-lock.json",
    JSON.stringify({ packages: { "": {}, "node_modules/part": part, "node_modules/part-on-earth": {} } }),
  );
  expect(findTreeFaults(root)).toEqual(["package-lock.json: lacks part-on-mars, so npm ci refuses it"]);
});
