// Downloads as an admin sees them in the browser: begun, watched, paused, gone on with, given up.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { aModelFile, buildModelFile } from "../../../../tests/support/build-model-file.ts";
import { engineNeverStarted } from "../../../../tests/support/engine-never-started.ts";
import {
  answerStatus,
  stallAfter,
  type StandInHost,
  startModelHost,
} from "../../../../tests/support/start-model-host.ts";
import { createEgress } from "../../../platform/egress/egress.ts";
import type { Download } from "../contract.ts";
import { createDownloads, type Downloads } from "./downloads.ts";

const scope = { organisationId: "01900000-0000-7000-8000-000000000001" };
const stranger = { organisationId: "01900000-0000-7000-8000-000000000002" };
const model = buildModelFile(aModelFile({ dataBytes: 300_000 }));
const source = "ana/tiny-GGUF";
const patient = { timeout: 20_000 };
const noSignal = new AbortController().signal;

let folder: string;
let host: StandInHost;
let downloads: Downloads;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shobar-download-list-"));
  host = await startModelHost({ "ana/tiny-GGUF/Tiny-Q8_0.gguf": model });
  downloads = open();
});
afterEach(async () => {
  await downloads.stop();
  await host[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function open(): Downloads {
  const logger = pino({ level: "silent" });
  const engine = engineNeverStarted(folder, folder);
  return createDownloads({
    egress: createEgress({ logger }),
    modelHost: host.url,
    isOwnHost: true,
    tokenFile: undefined,
    modelFolder: folder,
    caller: engine,
    files: engine,
    clock: Date.now,
    logger,
    patienceMs: [1],
  });
}

const listed = async (from = downloads) => (await from.list(scope)).items;
const only = async (from = downloads): Promise<Download> => {
  const [first, ...others] = await listed(from);
  expect(others).toEqual([]);
  return first!;
};

test("one that was begun is answered at once, listed while it comes, and at its end with its model", async () => {
  host.next.push(stallAfter(100_000));
  const { download, modelId } = await downloads.start(scope, source, noSignal);
  expect(modelId).toBeNull();
  expect(download).toMatchObject({ fileName: "Tiny-Q8_0.gguf", state: "fetching", sizeBytes: model.length });
  expect(download!.from).toBe(`${new URL(host.url).host}/ana/tiny-GGUF`);
  await expect.poll(async () => (await only()).receivedBytes, patient).toBe(100_000);
  expect((await downloads.start(scope, source, noSignal)).download!.id).toBe(download!.id);
  const { host: name, freeBytes } = await downloads.list(scope);
  expect(name).toBe(new URL(host.url).host);
  expect(freeBytes).toBeGreaterThan(0);

  await downloads.pause(scope, download!.id);
  await downloads.resume(scope, download!.id);
  await expect.poll(async () => (await only()).state, patient).toBe("done");
  expect(await only()).toMatchObject({ id: download!.id, modelId: "tiny-q8_0", receivedBytes: model.length });
  await downloads.remove(scope, download!.id);
  expect(await listed()).toEqual([]);
  expect(await readdir(folder)).toContain("Tiny-Q8_0.gguf");
  expect(await downloads.start(scope, source, noSignal)).toEqual({ modelId: "tiny-q8_0", download: null });
});

test("one that is paused keeps what came, also through a restart, and goes on at that byte", async () => {
  host.next.push(stallAfter(100_000));
  const { download } = await downloads.start(scope, source, noSignal);
  await expect.poll(async () => (await only()).receivedBytes, patient).toBe(100_000);
  expect(await downloads.pause(scope, download!.id)).toMatchObject({ state: "paused", bytesPerSecond: null });
  await downloads.stop();
  const later = open();
  await later.goOn();
  const kept = await only(later);
  expect(kept).toMatchObject({ id: download!.id, state: "paused" });
  expect(kept.receivedBytes).toBeGreaterThan(0);
  await later.resume(scope, download!.id);
  await expect.poll(async () => (await only(later)).state, patient).toBe("done");
  expect(host.ranges().at(-1)).toBe(`bytes=${kept.receivedBytes}-`);
  await later.stop();
});

test("one that fails says why, keeps what came and can be tried again; given up, nothing of it stays", async () => {
  host.next.push(answerStatus(403));
  const { download } = await downloads.start(scope, source, noSignal);
  await expect.poll(async () => (await only()).state, patient).toBe("failed");
  const { error } = await only();
  expect(error).toMatchObject({ code: "download_needs_token", details: { host: expect.any(String) } });
  expect(error!.message).toContain("agreed to its terms");
  host.next.push(stallAfter(50_000));
  expect(await downloads.resume(scope, download!.id)).toMatchObject({ state: "fetching", error: null });
  await expect.poll(async () => (await only()).receivedBytes, patient).toBe(50_000);
  await downloads.remove(scope, download!.id);
  await downloads.remove(scope, download!.id);
  expect(await listed()).toEqual([]);
  expect(await readdir(join(folder, ".downloads"))).toEqual([]);
});

test("what cannot be reached, named or found is refused before anything is listed", async () => {
  const refused = (what: string) => expect(downloads.start(scope, what, noSignal)).rejects;
  await refused("nothing").toMatchObject({ code: "download_source_unclear" });
  await refused("bo/nothing").toMatchObject({ code: "download_not_found" });
  await host[Symbol.asyncDispose]();
  await refused(source).toMatchObject({ code: "service_unreachable" });
  expect(await listed()).toEqual([]);
  host = await startModelHost();
});

test("one of another organisation is neither seen nor touched", async () => {
  host.next.push(stallAfter(50_000));
  const { download } = await downloads.start(scope, source, noSignal);
  expect((await downloads.list(stranger)).items).toEqual([]);
  await expect(downloads.pause(stranger, download!.id)).rejects.toMatchObject({ code: "download_unknown" });
  await expect(downloads.resume(stranger, download!.id)).rejects.toMatchObject({ code: "download_unknown" });
  await downloads.remove(stranger, download!.id);
  expect(await only()).toMatchObject({ id: download!.id });
});
