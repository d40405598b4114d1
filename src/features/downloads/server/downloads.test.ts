import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { engineNeverStarted } from "../../../../tests/support/engine-never-started.ts";
import { aModelFile, buildModelFile } from "../../../../tests/support/build-model-file.ts";
import { splitModelFile } from "../../../../tests/support/split-model-file.ts";
import {
  answerStatus,
  answerWith,
  cutAfter,
  cutWhereRead,
  stallAfter,
  type StandInHost,
  startModelHost,
} from "../../../../tests/support/start-model-host.ts";
import { createEgress } from "../../../platform/egress/egress.ts";
import type { DownloadProgress } from "./download-runs.ts";
import type { DownloadParts } from "./begin-download.ts";
import { createDownloads, type Downloads } from "./downloads.ts";

const scope = { organisationId: "01900000-0000-7000-8000-000000000001" };
const model = buildModelFile(aModelFile({ dataBytes: 300_000 }));
const other = buildModelFile(aModelFile({ dataBytes: 300_000 }));
other[other.length - 1] = 1;
const source = "ana/tiny-GGUF";
const path = "ana/tiny-GGUF/Tiny-Q8_0.gguf";
const logger = pino({ level: "silent" });

let folder: string;
let modelFolder: string;
let host: StandInHost;
let downloads: Downloads;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shobar-downloads-"));
  modelFolder = join(folder, "models");
  host = await startModelHost({ [path]: model, "ana/tiny-GGUF/README.md": Buffer.from("Hello") });
  downloads = open();
});
afterEach(async () => {
  await downloads.stop();
  await host[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Again, as after a restart of the server. */
function open(changes: Partial<DownloadParts> = {}): Downloads {
  const engine = engineNeverStarted(folder, modelFolder);
  return createDownloads({
    egress: cutWhereRead(createEgress({ logger }), host),
    modelHost: host.url,
    isOwnHost: true,
    tokenFile: undefined,
    modelFolder,
    caller: engine,
    files: engine,
    clock: Date.now,
    logger,
    patienceMs: [1, 1, 1],
    ...changes,
  });
}

const pull = (what = source, signal = new AbortController().signal, from = downloads) =>
  from.pull(scope, what, () => {}, signal);
const fetched = () => readFile(join(modelFolder, "Tiny-Q8_0.gguf"));
const leftBehind = async () => (await readdir(join(modelFolder, ".downloads")).catch(() => [])).length;

/** Pauses in the middle of the bytes, after `count` of them. */
async function pausedAfter(count: number): Promise<void> {
  const stop = new AbortController();
  const arrived = Promise.withResolvers<void>();
  host.next.push(stallAfter(count));
  const onProgress = ({ receivedBytes }: DownloadProgress): void => {
    if (receivedBytes >= count) arrived.resolve();
  };
  const pulling = downloads.pull(scope, source, onProgress, stop.signal);
  await arrived.promise;
  stop.abort();
  await expect(pulling).rejects.toMatchObject({ code: "download_stopped" });
}

describe("a model that is fetched", () => {
  test("is a model of the folder, byte for byte, and nothing is left over", async () => {
    const seen: DownloadProgress[] = [];
    const pulled = await downloads.pull(scope, source, (each) => seen.push(each), new AbortController().signal);
    expect(pulled).toEqual({ modelId: "tiny-q8_0", wasHere: false });
    expect(await fetched()).toEqual(model);
    expect(await leftBehind()).toBe(0);
    expect(seen[0]).toMatchObject({ files: ["Tiny-Q8_0.gguf"], sizeBytes: model.length, receivedBytes: 0 });
  });

  test("is not fetched a second time", async () => {
    await pull();
    const before = host.ranges().length;
    expect(await pull()).toEqual({ modelId: "tiny-q8_0", wasHere: true });
    expect(host.ranges().length).toBe(before);
  });

  test("never takes the name of another model that is there", async () => {
    await pull();
    host.files.set("bo/tiny-GGUF/Tiny-Q8_0.gguf", { bytes: Buffer.concat([other, Buffer.alloc(32)]), isHashed: true });
    expect(await pull("bo/tiny-GGUF")).toMatchObject({ modelId: "tiny-q8_0-2" });
    expect(await fetched()).toEqual(model);
  });

  test("of the catalogue is the file that the catalogue knows, whatever the host says of it", async () => {
    const known = { file: "Qwen3-0.6B-Q8_0.gguf", path: "Qwen/Qwen3-0.6B-GGUF/Qwen3-0.6B-Q8_0.gguf" };
    host.files.set(known.path, { bytes: model, isHashed: true });
    await expect(pull("qwen3-0.6b")).rejects.toMatchObject({
      code: "download_not_expected",
      details: { file: known.file },
    });
    expect(host.ranges()).toEqual([]);
    host.files.set(known.path, { bytes: model, isHashed: false });
    await expect(pull("qwen3-0.6b")).rejects.toMatchObject({ code: "download_corrupt" });
    expect(await readdir(modelFolder)).toEqual([".downloads"]);
    // Asked for by its repository, it is whatever the host has.
    expect(await pull("Qwen/Qwen3-0.6B-GGUF")).toMatchObject({ modelId: "qwen3-0.6b-q8_0" });
  });

  test("of several parts comes with all of them", async () => {
    const [first, second] = splitModelFile(model);
    host.files.delete(path);
    host.files.set("ana/tiny-GGUF/big/Tiny-00001-of-00002.gguf", { bytes: first, isHashed: true });
    host.files.set("ana/tiny-GGUF/big/Tiny-00002-of-00002.gguf", { bytes: second, isHashed: true });
    expect(await pull()).toMatchObject({ modelId: "tiny" });
    expect(await readFile(join(modelFolder, "Tiny-00002-of-00002.gguf"))).toEqual(second);
    expect(await leftBehind()).toBe(0);
    expect(await pull()).toEqual({ modelId: "tiny", wasHere: true });
  });

  test("by an address alone is fetched too", async () => {
    expect(await pull(`${host.url}/${path.replace("GGUF/", "GGUF/resolve/main/")}?download=true`)).toMatchObject({
      modelId: "tiny-q8_0",
    });
  });

  test("is fetched once where two ask for it at the same time", async () => {
    const both = await Promise.all([pull(), pull()]);
    expect(both.map(({ modelId }) => modelId)).toEqual(["tiny-q8_0", "tiny-q8_0"]);
    expect(host.ranges()).toHaveLength(1);
  });
});

describe("a connection that is cut", () => {
  test("goes on at the byte where it was, as often as it brings more", async () => {
    // More cuts than there is patience for without progress.
    host.next.push(...Array.from({ length: 4 }, () => cutAfter(host, 60_000)));
    await pull();
    const starts = host.ranges().map((range) => Number(/\d+/.exec(range ?? "0")?.[0]));
    expect(starts).toEqual([0, 60_000, 120_000, 180_000, 240_000]);
    expect(await fetched()).toEqual(model);
  });

  test("is told in the end where nothing more comes, and what came is kept", async () => {
    host.next.push(cutAfter(host, 100_000), cutAfter(host, 0), cutAfter(host, 0), cutAfter(host, 0), cutAfter(host, 0));
    await expect(pull()).rejects.toMatchObject({ code: "service_unreachable", details: { reasonCode: "broke_off" } });
    host.next.length = 0;
    await pull();
    expect(host.ranges().at(-1)).toBe("bytes=100000-");
    expect(await fetched()).toEqual(model);
  });

  test.each([429, 500, 503])("or an answer of %i is tried again", async (status) => {
    host.next.push(answerStatus(status, { "retry-after": "0" }), answerStatus(status));
    await pull();
    expect(await fetched()).toEqual(model);
  });

  test("without any host is one sentence", async () => {
    await host[Symbol.asyncDispose]();
    await expect(pull()).rejects.toThrow(/^127\.0\.0\.1:\d+ cannot be reached: nothing listens there\.$/);
    host = await startModelHost();
  });
});

describe("a download that was paused", () => {
  test("goes on after a restart with what had arrived", async () => {
    await pausedAfter(120_000);
    downloads = open();
    await pull();
    expect(host.ranges()).toEqual([undefined, "bytes=120000-"]);
    expect(await fetched()).toEqual(model);
    expect(await leftBehind()).toBe(0);
  });

  test("waits for somebody, and one that ran goes on by itself with the next start", async () => {
    await pausedAfter(120_000);
    downloads = open();
    await downloads.goOn();
    await downloads.stop();
    expect(host.ranges()).toHaveLength(1);
    const arrived = Promise.withResolvers<void>();
    host.next.push(stallAfter(50_000));
    const pulling = downloads.pull(
      scope,
      source,
      ({ receivedBytes }) => receivedBytes >= 170_000 && arrived.resolve(),
      new AbortController().signal,
    );
    pulling.catch(() => undefined);
    await arrived.promise;
    await downloads.stop();
    downloads = open();
    await downloads.goOn();
    await vi.waitFor(async () => expect(await fetched()).toEqual(model), { timeout: 20_000 });
    expect(host.ranges().at(-1)).toBe("bytes=170000-");
  });

  test("whose bytes somebody has deleted begins anew", async () => {
    await pausedAfter(120_000);
    for (const name of await readdir(join(modelFolder, ".downloads"))) {
      if (!name.endsWith(".json")) await rm(join(modelFolder, ".downloads", name), { recursive: true });
    }
    await pull();
    expect(await fetched()).toEqual(model);
  });

  test("whose bytes somebody has changed is found out by its hash and thrown away", async () => {
    await pausedAfter(120_000);
    const [id] = (await readdir(join(modelFolder, ".downloads"))).filter((name) => !name.endsWith(".json"));
    await writeFile(join(modelFolder, ".downloads", id ?? "", "Tiny-Q8_0.gguf"), Buffer.alloc(120_000, 7));
    await expect(pull()).rejects.toMatchObject({ code: "download_corrupt" });
    await pull();
    expect(await fetched()).toEqual(model);
  });
});

describe("a download that nobody goes on with", () => {
  test("is deleted when it is discarded, and begins anew when it is pulled again", async () => {
    await pausedAfter(120_000);
    await downloads.discard(scope, source);
    expect(await leftBehind()).toBe(0);
    await expect(downloads.discard(scope, source)).rejects.toMatchObject({ code: "download_not_begun" });
    await pull();
    expect(host.ranges().at(-1)).toBeUndefined();
  });

  test("has its room for a week", async () => {
    await pausedAfter(120_000);
    expect(await downloads.unfinished()).toEqual([{ sizeBytes: model.length, receivedBytes: 120_000 }]);
    const days = (count: number) => open({ clock: () => Date.now() + count * 86_400_000 });
    expect(await days(6).clearAbandoned()).toBe(0);
    expect(await days(8).clearAbandoned()).toBe(1);
    expect(await leftBehind()).toBe(0);
  });
});

describe("a host that lies", () => {
  test.each([
    ["about where its bytes begin", { "content-range": `bytes 0-${model.length - 1}/${model.length}` }],
    ["about how many there are", { "content-range": `bytes 120000-${model.length - 1}/${model.length + 5}` }],
    ["by saying nothing of the range", {}],
  ])("%s is asked for the whole instead", async (_how, headers) => {
    await pausedAfter(120_000);
    host.next.push(answerWith(206, headers, (bytes) => bytes));
    await pull();
    expect(host.ranges().slice(1)).toEqual(["bytes=120000-", undefined]);
    expect(await fetched()).toEqual(model);
  });

  test("that there is no such range is asked for the whole", async () => {
    await pausedAfter(120_000);
    host.next.push(answerStatus(416));
    await pull();
    expect(await fetched()).toEqual(model);
  });

  test("by ignoring ranges is taken at the whole that it sends", async () => {
    await pausedAfter(120_000);
    host.next.push(answerWith(200, {}, (bytes) => bytes));
    await pull();
    expect(await fetched()).toEqual(model);
  });

  test("with other bytes than its hash is refused, and they are removed", async () => {
    host.next.push(answerWith(200, {}, () => other));
    await expect(pull()).rejects.toMatchObject({ code: "download_corrupt" });
    expect(await readdir(modelFolder)).toEqual([".downloads"]);
    await pull();
    expect(await fetched()).toEqual(model);
  });

  test("with other bytes in the rest of a range is refused too", async () => {
    await pausedAfter(120_000);
    host.next.push((response, _request, bytes) => {
      const range = `bytes 120000-${bytes.length - 1}/${bytes.length}`;
      response.writeHead(206, { "content-range": range }).end(other.subarray(120_000));
    });
    await expect(pull()).rejects.toMatchObject({ code: "download_corrupt" });
    await pull();
    expect(await fetched()).toEqual(model);
  });

  test("with more bytes than the file has is cut off", async () => {
    host.next.push(answerWith(200, { "transfer-encoding": "chunked" }, (bytes) => Buffer.concat([bytes, bytes])));
    await expect(pull()).rejects.toMatchObject({ details: { reasonCode: "download_too_long" } });
  });

  test("with a page instead of a model is refused at its first bytes", async () => {
    const page = Buffer.from("<html>Sign in first</html>".repeat(1000));
    host.files.set(path, { bytes: page, isHashed: false });
    await expect(pull()).rejects.toMatchObject({ code: "model_unusable", details: { reasonCode: "model_not_gguf" } });
    expect(await readdir(modelFolder)).toEqual([".downloads"]);
  });
});

describe("a file without a hash that has changed meanwhile", () => {
  beforeEach(() => host.files.set(path, { bytes: model, isHashed: false }));

  test("is fetched anew from its first byte where its size is the same", async () => {
    host.next.push(cutAfter(host, 120_000));
    const pulling = pull();
    await vi.waitFor(() => expect(host.ranges()).toHaveLength(1), { timeout: 20_000, interval: 1 });
    host.files.set(path, { bytes: other, isHashed: false });
    await pulling;
    expect(await fetched()).toEqual(other);
  });

  test("is told where its size is another, and fetched anew when it is asked for again", async () => {
    await pausedAfter(120_000);
    const longer = Buffer.concat([model, Buffer.alloc(64)]);
    host.files.set(path, { bytes: longer, isHashed: false });
    await expect(pull()).rejects.toMatchObject({ code: "download_changed" });
    await pull();
    expect(await fetched()).toEqual(longer);
  });
});

describe("what is refused", () => {
  test.each([
    ["nobody/nothing", "download_not_found"],
    ["ana/tiny-GGUF/Small.gguf", "download_file_missing"],
    ["ana/tiny-GGUF:Q2_K", "download_file_missing"],
    ["just a word", "download_source_unclear"],
    ["ana/tiny-GGUF/../../secret.gguf", "download_source_unclear"],
    ["https://example.org/page.html", "download_source_unclear"],
    ["http://127.0.0.2:1/a.gguf", "address_not_allowed"],
    ["http://169.254.169.254/latest/a.gguf", "address_not_allowed"],
  ])("%s: %s", async (what, code) => {
    await expect(pull(what)).rejects.toMatchObject({ code });
  });

  test("one of several models, without saying which, and all are named", async () => {
    host.files.set("ana/tiny-GGUF/Tiny-Q2_K.gguf", { bytes: model, isHashed: true });
    host.files.set("ana/tiny-GGUF/Tiny-F16.gguf", { bytes: model, isHashed: true });
    host.files.delete(path);
    const files = "Tiny-F16.gguf, Tiny-Q2_K.gguf";
    await expect(pull()).rejects.toMatchObject({ code: "download_choose_file", details: { files } });
    expect(await pull("ana/tiny-GGUF:q2_k")).toMatchObject({ modelId: "tiny-q2_k" });
  });

  test("a model that has no room on the disk, before anything is fetched", async () => {
    downloads = open({ freeBytesOf: async () => 500_000_000 + model.length - 1 });
    await expect(pull()).rejects.toMatchObject({ code: "upload_no_room" });
    expect(host.ranges()).toEqual([]);
  });

  test("a gated model without a token; with one it is given, and nobody else sees the token", async () => {
    host.token = "hf_secret";
    await expect(pull()).rejects.toMatchObject({ code: "download_needs_token" });
    const tokenFile = join(folder, "token");
    await writeFile(tokenFile, "hf_secret\n");
    await pull(source, undefined, open({ tokenFile }));
    expect(await fetched()).toEqual(model);
    const withBytes = host.requests.filter(({ isBytes }) => isBytes);
    expect(withBytes.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  test("a token file that is not there", async () => {
    await expect(pull(source, undefined, open({ tokenFile: join(folder, "none") }))).rejects.toMatchObject({
      code: "model_token_unreadable",
    });
  });
});

describe("a file that another program has fetched a part of", () => {
  const adopt = async (bytes: Buffer, what = source) => {
    const file = join(folder, "half.part");
    await writeFile(file, bytes);
    const pulled = await downloads.adopt(scope, file, what, () => {}, new AbortController().signal);
    expect((await readFile(file)).equals(bytes)).toBe(true);
    return pulled;
  };

  test("is gone on with at its end, and stays as it is", async () => {
    expect(await adopt(model.subarray(0, 100_000))).toEqual({ modelId: "tiny-q8_0", wasHere: false });
    expect(host.ranges()).toEqual(["bytes=100000-"]);
    expect(await fetched()).toEqual(model);
    expect(await leftBehind()).toBe(0);
  });

  test("is compared where it is whole, and nothing is fetched", async () => {
    expect(await adopt(model)).toEqual({ modelId: "tiny-q8_0", wasHere: false });
    expect(host.ranges()).toEqual([]);
    expect(await fetched()).toEqual(model);
  });

  test("is refused where it is of something else, and nothing of it stays", async () => {
    await expect(adopt(other)).rejects.toMatchObject({ code: "download_corrupt" });
    expect(await leftBehind()).toBe(0);
    await expect(adopt(Buffer.from("no beginning of a model at all, but of something else"))).rejects.toMatchObject({
      code: "model_unusable",
    });
    await expect(fetched()).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("is refused where nothing could prove it, or where it is longer", async () => {
    await expect(adopt(Buffer.concat([model, Buffer.alloc(1)]))).rejects.toMatchObject({
      code: "download_not_adoptable",
    });
    host.files.set(path, { bytes: model, isHashed: false });
    await expect(adopt(model.subarray(0, 100_000))).rejects.toMatchObject({ code: "download_not_adoptable" });
    const nowhere = downloads.adopt(scope, join(folder, "nothing"), source, () => {}, new AbortController().signal);
    await expect(nowhere).rejects.toMatchObject({ code: "model_path_missing" });
    expect(await leftBehind()).toBe(0);
  });
});
