// Uploads of a model whose server's disk becomes full in the middle, each time at another byte. Everything random comes
// from the seed.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { newId } from "../../src/platform/new-id.ts";
import { aModelFile, buildModelFile } from "./build-model-file.ts";
import { seededRandom } from "./seeded-random.ts";
import { mountSmallDisk, type SmallDisk } from "./small-disk.ts";
import { startTestServer } from "./start-test-server.ts";

export interface FullUploadReport {
  /** Times that the disk was full and a piece, or the end of an upload, was refused. */
  readonly refused: number;
  readonly uploads: number;
  /** What should not be; empty when all is well. */
  readonly faults: readonly string[];
}

/** The server keeps 500 MB free for everything else. */
const diskMegabytes = 600;
const modelBytes = 1_500_000;
const mostRoomBytes = 400_000;
const largestPiece = 300_000;
/** So many refusals in an upload; then it goes on with space. */
const refusalsPerUpload = 5;

interface Session {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly disk: SmallDisk;
  readonly random: () => number;
  readonly faults: string[];
  refused: number;
}

export async function uploadOnFullDisk({ points, seed }: { points: number; seed: number }): Promise<FullUploadReport> {
  using disk = mountSmallDisk(diskMegabytes);
  const dataFolder = join(disk.folder, "data");
  const faults: string[] = [];
  let uploads = 0;
  await using server = await startTestServer({ dataFolder, flags: ["--no-starter"] });
  const headers = await server.claim();
  const session: Session = { url: server.url, headers, disk, random: seededRandom(seed), faults, refused: 0 };
  for (; session.refused < points && faults.length === 0; uploads++) {
    await uploadOne(session, uploads, join(dataFolder, "models"));
  }
  return { refused: session.refused, uploads, faults };
}

async function uploadOne(session: Session, number: number, modelFolder: string): Promise<void> {
  const { disk, random, faults } = session;
  const model = new Uint8Array(buildModelFile(aModelFile({ dataBytes: modelBytes })));
  const wish = { uploadId: newId(), fileName: `m${number}.gguf`, sizeBytes: model.length, modifiedAt: 1 };
  const path = `/api/models/uploads/${wish.uploadId}`;
  disk.fill(mostRoomBytes);
  expectStatus(session, await send(session, "POST", "/api/models/uploads", wish), 507, "upload_no_room");
  disk.free();
  expectStatus(session, await send(session, "POST", "/api/models/uploads", wish), 201);
  let offset = 0;
  for (let refusals = 0; offset < model.length && faults.length === 0;) {
    const piece = model.slice(offset, offset + Math.ceil(random() * largestPiece));
    if (refusals < refusalsPerUpload) {
      disk.fill(random() * mostRoomBytes);
    }
    const { status, body } = await send(session, "PUT", `${path}/bytes?offset=${offset}`, piece);
    if (status === 200) {
      offset = Number(body["receivedBytes"]);
      continue;
    }
    refusals += 1;
    session.refused += 1;
    expectStatus(session, { status, body }, 507, "disk_full");
    const kept = await received(session, wish.uploadId);
    if (kept !== offset) {
      faults.push(`${kept} bytes are kept of ${offset}`);
    }
    disk.free();
    // The same piece again: it goes on where it stopped.
    const again = await send(session, "PUT", `${path}/bytes?offset=${offset}`, piece);
    expectStatus(session, again, 200);
    offset = Number(again.body["receivedBytes"]);
  }
  disk.fill(0);
  const full = await send(session, "POST", `${path}/finish`);
  if (full.status !== 200) {
    session.refused += 1;
    expectStatus(session, full, 507, "disk_full");
  }
  disk.free();
  expectStatus(session, await send(session, "POST", `${path}/finish`), 200);
  if (!readFileSync(join(modelFolder, wish.fileName)).equals(model)) {
    faults.push("the model is another file than the one that was sent");
  }
  expectStatus(session, await send(session, "DELETE", `/api/models/m${number}`), 204);
}

async function received(session: Session, uploadId: string): Promise<number | undefined> {
  const { body } = await send(session, "GET", "/api/models/uploads");
  const items = body["items"] as { id: string; receivedBytes: number }[];
  return items.find(({ id }) => id === uploadId)?.receivedBytes;
}

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

function expectStatus({ faults }: Session, { status, body }: Answer, wanted: number, code?: string): void {
  const found = (body["error"] as { code: string } | undefined)?.code;
  if (status !== wanted || found !== code) {
    faults.push(`${wanted} ${code ?? ""} was expected: ${status} ${JSON.stringify(body)}`);
  }
}

async function send(
  { url, headers }: Session,
  method: string,
  path: string,
  content?: Record<string, unknown> | Uint8Array<ArrayBuffer>,
): Promise<Answer> {
  const { "content-type": _, ...own } = headers;
  const isBytes = content instanceof Uint8Array;
  const type = isBytes ? "application/octet-stream" : "application/json";
  const response = await fetch(`${url}${path}`, {
    method,
    headers: content === undefined ? own : { ...own, "content-type": type },
    ...(content === undefined ? {} : { body: isBytes ? content : JSON.stringify(content) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === "" ? {} : JSON.parse(text)) as Record<string, unknown> };
}
