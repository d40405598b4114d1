import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { placeVersion, replaceFolder } from "./place-version.ts";

let parent: string;
let folder: string;
beforeEach(async () => {
  parent = await mkdtemp(path.join(tmpdir(), "shobar-versions-"));
  await writeFile(path.join(parent, "package.json"), `{ "type": "module" }`);
  folder = path.join(parent, "server");
});
afterEach(() => rm(parent, { recursive: true, force: true }));

/** A program that loads one part of itself only when it is told to, by the end of its input. */
async function place(version: number): Promise<void> {
  const built = path.join(parent, "built");
  await mkdir(built);
  await writeFile(path.join(built, `part-${version}.js`), `console.log("part ${version}");`);
  await writeFile(
    path.join(built, "main.js"),
    `console.log("main ${version}");
     for await (const _ of process.stdin);
     await import("./part-${version}.js");`,
  );
  await placeVersion(folder, built, version);
}

const start = () => spawn(process.execPath, [path.join(folder, "main.js")], { stdio: ["pipe", "pipe", "inherit"] });

test("a program that runs still finds its own parts after the next build, and the next start is the new one", async () => {
  await place(1);
  const running = start();
  const said = text(running.stdout);
  await once(running.stdout, "readable");
  await place(2);
  running.stdin.end();
  expect(await said).toBe("main 1\npart 1\n");
  const next = start();
  next.stdin.end();
  expect(await text(next.stdout)).toBe("main 2\npart 2\n");
});

test("the last three versions are kept, whatever else lies there", async () => {
  await mkdir(path.join(folder, "notes"), { recursive: true });
  for (const version of [1, 2, 3, 4, 5]) await place(version);
  const versions = (await readdir(folder)).map((name) => name.replace(/-[0-9a-f]{8}$/, "")).toSorted();
  expect(versions).toEqual(["0000000000003", "0000000000004", "0000000000005", "main.js", "notes"]);
});

test("a folder that is replaced stays beside its successor, one build long", async () => {
  const web = path.join(parent, "web");
  for (const version of [1, 2, 3]) {
    const built = path.join(parent, "built");
    await mkdir(built);
    await writeFile(path.join(built, `part-${version}.js`), "");
    await replaceFolder(web, built);
  }
  expect(await readdir(web)).toEqual(["part-3.js"]);
  expect(await readdir(`${web}-before`)).toEqual(["part-2.js"]);
});
