// Uploads through the front door: the bytes' own route, a killed server, a full disk, and the end of a model's file.
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../src/platform/new-id.ts";
import { aModelFile, buildModelFile } from "../support/build-model-file.ts";
import { startTestServer, type TestServer } from "../support/start-test-server.ts";

const model = buildModelFile(aModelFile({ dataBytes: 900_000 }));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "shobar-model-uploads-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Session {
  readonly url: string;
  readonly headers: Record<string, string>;
}

async function ask({ url, headers }: Session, method: string, path: string, body?: object | Uint8Array<ArrayBuffer>) {
  const isBytes = body instanceof Uint8Array;
  const type = isBytes ? "application/octet-stream" : "application/json";
  const { "content-type": _, ...own } = headers;
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...own, "x-shobar-request": "1", ...(body === undefined ? {} : { "content-type": type }) },
    ...(body === undefined ? {} : { body: isBytes ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, json: (text === "" ? {} : JSON.parse(text)) as Record<string, never> };
}

const bytes = (from: number, to?: number) => new Uint8Array(model.subarray(from, to));

async function begin(session: Session): Promise<string> {
  const uploadId = newId();
  const wish = { uploadId, fileName: "tiny.gguf", sizeBytes: model.length, modifiedAt: 1 };
  expect((await ask(session, "POST", "/api/models/uploads", wish)).status).toBe(201);
  return `/api/models/uploads/${uploadId}`;
}

async function killed(server: TestServer): Promise<void> {
  server.process.kill("SIGKILL");
  await once(server.process, "exit");
}

test("what was acknowledged is there after kill -9 in the middle, and the upload goes on", async () => {
  const data = join(folder, "killed");
  const server = await startTestServer({ dataFolder: data, flags: ["--no-starter"] });
  const headers = await server.claim();
  const upload = await begin({ url: server.url, headers });
  const first = await ask({ url: server.url, headers }, "PUT", `${upload}/bytes?offset=0`, bytes(0, 400_000));
  expect(first.json).toMatchObject({ receivedBytes: 400_000 });
  // The second piece is under way while the server dies.
  const second = ask({ url: server.url, headers }, "PUT", `${upload}/bytes?offset=400000`, bytes(400_000)).catch(
    () => null,
  );
  await killed(server);
  await second;
  await using again = await startTestServer({ dataFolder: data, flags: ["--no-starter"] });
  const session = { url: again.url, headers };
  const { json } = await ask(session, "GET", "/api/models/uploads");
  const [{ receivedBytes }] = json["items"] as unknown as [{ receivedBytes: number }];
  expect(receivedBytes).toBeGreaterThanOrEqual(400_000);
  await ask(session, "PUT", `${upload}/bytes?offset=${receivedBytes}`, bytes(receivedBytes));
  const finished = await ask(session, "POST", `${upload}/finish`);
  expect(finished).toMatchObject({ status: 200, json: { model: { id: "tiny", place: { kind: "models-folder" } } } });
  expect(readFileSync(join(data, "models/tiny.gguf"))).toEqual(Buffer.from(model));
  expect((await ask(session, "DELETE", "/api/models/tiny")).status).toBe(204);
  expect((await ask(session, "GET", "/api/models")).json["items"]).toEqual([]);
});

describe("the route for bytes", () => {
  let server: TestServer;
  let session: Session;
  beforeAll(async () => {
    server = await startTestServer({ dataFolder: join(folder, "served"), flags: ["--no-starter"] });
    session = { url: server.url, headers: await server.claim() };
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test("says 409 and the right offset where a piece does not fit", async () => {
    const upload = await begin(session);
    await ask(session, "PUT", `${upload}/bytes?offset=0`, bytes(0, 1000));
    const { status, json } = await ask(session, "PUT", `${upload}/bytes?offset=0`, bytes(0, 1000));
    expect([status, json["error"]]).toMatchObject([409, { code: "upload_offset_wrong", details: { received: 1000 } }]);
  });

  test("refuses JSON, a piece that is too large and whoever is not signed in, and other routes take no bytes", async () => {
    const upload = `${await begin(session)}/bytes?offset=0`;
    expect((await ask(session, "PUT", upload, { bytes: "x" })).status).toBe(415);
    const large = await ask(session, "PUT", upload, new Uint8Array(16_000_001));
    expect(large.status).toBe(413);
    expect((await ask({ url: server.url, headers: {} }, "PUT", upload, bytes(0, 10))).status).toBe(401);
    expect((await ask(session, "POST", "/api/models/places", bytes(0, 10))).status).toBe(415);
  });

  test("a wrong file is refused with its first piece", async () => {
    const upload = await begin(session);
    const { status, json } = await ask(session, "PUT", `${upload}/bytes?offset=0`, new Uint8Array(5000));
    expect([status, json["error"]]).toMatchObject([422, { code: "model_unusable" }]);
    expect((await ask(session, "PUT", `${upload}/bytes?offset=0`, bytes(0, 10))).status).toBe(404);
  });
});
