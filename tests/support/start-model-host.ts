// A host of models that speaks as Hugging Face does, over real HTTP: lists, redirects to where the bytes are, hashes, ranges;
// and cuts, lies, refuses and changes its mind where a test wants it to.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Egress } from "../../src/platform/egress/egress.ts";

export interface HostedFile {
  bytes: Buffer;
  /** Whether the host says its SHA-256. */
  readonly isHashed: boolean;
}

export interface ModelHostRequest {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  /** Of the bytes themselves, where it was sent on to. */
  readonly isBytes: boolean;
}

type Answer = (response: ServerResponse, request: ModelHostRequest, bytes: Buffer) => void;

export interface StandInHost extends AsyncDisposable {
  readonly url: string;
  /** By `OWNER/NAME/path`. */
  readonly files: Map<string, HostedFile>;
  readonly requests: ModelHostRequest[];
  /** How the next requests for bytes are answered, one each; after them rightly. */
  readonly next: Answer[];
  /** Of the connection that is to be cut next. */
  cut: { readonly after: number; readonly close: () => void } | null;
  /** What gated files want to see; null: none is gated. */
  token: string | null;
  /** Answers the range headers of the requests for bytes so far. */
  ranges(): (string | undefined)[];
}

export async function startModelHost(files: Record<string, Buffer> = {}): Promise<StandInHost> {
  const requests: ModelHostRequest[] = [];
  const storage = await listen((request, response) => answerBytes(request, response));
  const front = await listen((request, response) => answerFront(request, response));

  function note(request: IncomingMessage, isBytes: boolean): ModelHostRequest {
    const seen = { path: decodeURIComponent(request.url ?? ""), headers: request.headers, isBytes };
    requests.push(seen);
    return seen;
  }

  function answerFront(request: IncomingMessage, response: ServerResponse): void {
    const { path } = note(request, false);
    if (host.token !== null && request.headers.authorization !== `Bearer ${host.token}`) {
      response.writeHead(401, { "x-error-code": "GatedRepo" }).end("Access to this model is restricted.");
      return;
    }
    const listed = /^\/api\/models\/([^/]+\/[^/]+)\/tree\/main/.exec(path)?.[1];
    if (listed !== undefined) return answerList(response, `${listed}/`, path.split("?")[1]);
    const [, repository, name] = /^\/([^/]+\/[^/]+)\/resolve\/main\/(.+)$/.exec(path) ?? [];
    const file = host.files.get(`${repository}/${name}`);
    if (file === undefined) return void response.writeHead(404, { "x-error-code": "EntryNotFound" }).end("Not here");
    response.writeHead(302, {
      location: `${storage.url}/${repository}/${name}?signature=secret`,
      "x-repo-commit": "0123456789abcdef0123456789abcdef01234567",
      "x-linked-size": String(file.bytes.length),
      ...(file.isHashed ? { "x-linked-etag": `"${sha256(file.bytes)}"` } : {}),
    });
    response.end();
  }

  function answerList(response: ServerResponse, prefix: string, query: string | undefined): void {
    const found = [...host.files].filter(([path]) => path.startsWith(prefix));
    if (found.length === 0) {
      response.writeHead(401, { "x-error-code": "RepoNotFound" }).end();
      return;
    }
    const list = found.map(([path, { bytes, isHashed }]) => ({
      type: "file",
      oid: "0".repeat(40),
      size: bytes.length,
      path: path.slice(prefix.length),
      ...(isHashed ? { lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: 135 } } : {}),
    }));
    const directory = { type: "directory", oid: "0", size: 0, path: "onnx" };
    const isSecond = query === "page=2";
    // As there with many files: in pages, the next one named by a header.
    if (!isSecond) response.setHeader("link", `<${front.url}/api/models/${prefix}tree/main?page=2>; rel="next"`);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(isSecond ? list.slice(1) : [directory, ...list.slice(0, 1)]));
  }

  function answerBytes(request: IncomingMessage, response: ServerResponse): void {
    const seen = note(request, true);
    const file = host.files.get(seen.path.slice(1).split("?")[0] ?? "");
    if (file === undefined) return void response.writeHead(404).end();
    (host.next.shift() ?? sendRightly)(response, seen, file.bytes);
  }

  const host: StandInHost = {
    url: front.url,
    files: new Map(Object.entries(files).map(([path, bytes]) => [path, { bytes, isHashed: true }])),
    requests,
    next: [],
    cut: null,
    token: null,
    ranges: () => requests.filter(({ isBytes }) => isBytes).map(({ headers }) => headers.range),
    async [Symbol.asyncDispose]() {
      for (const { server } of [front, storage]) {
        server.closeAllConnections();
        server.close();
        await once(server, "close");
      }
    },
  };
  return host;
}

async function listen(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ server: Server; url: string }> {
  const server = createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** The range that was asked for, where what it is of is still the same; else the whole. */
export const sendRightly: Answer = (response, { headers }, bytes) => {
  const etag = etagOf(bytes);
  const isSame = headers["if-range"] === undefined || headers["if-range"] === etag;
  const start = isSame ? startOf(headers.range) : 0;
  response.writeHead(start > 0 ? 206 : 200, {
    etag,
    "accept-ranges": "bytes",
    "content-length": bytes.length - start,
    ...(start > 0 ? { "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {}),
  });
  response.end(bytes.subarray(start));
};

/** Says rightly what comes, sends a part of it and closes the connection once that has been read. */
export function cutAfter(host: StandInHost, count: number): Answer {
  return (response, request, bytes) => {
    host.cut = { after: count, close: () => response.destroy() };
    sendStart(response, request, bytes, count, () => count === 0 && host.cut?.close());
  };
}

/** A connection that is closed loses what is under way: so it is closed only when the other side has what it should. */
export function cutWhereRead(egress: Egress, host: StandInHost): Egress {
  return {
    async request(url, request) {
      const response = await egress.request(url, request);
      return { ...response, body: watch(response.body) };
    },
  };

  async function* watch(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let read = 0;
    for await (const piece of body) {
      read += piece.length;
      yield piece;
      if (host.cut !== null && read >= host.cut.after) {
        host.cut.close();
        host.cut = null;
      }
    }
  }
}

/** Sends a part and then nothing, the connection open; `reached` is called when the part is out. */
export function stallAfter(count: number, reached: () => void = () => {}): Answer {
  return (response, request, bytes) => sendStart(response, request, bytes, count, reached);
}

function sendStart(
  response: ServerResponse,
  { headers }: ModelHostRequest,
  bytes: Buffer,
  count: number,
  sent: () => void,
) {
  const start = startOf(headers.range);
  response.writeHead(start > 0 ? 206 : 200, {
    etag: etagOf(bytes),
    "content-length": bytes.length - start,
    ...(start > 0 ? { "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {}),
  });
  response.write(bytes.subarray(start, start + count), sent);
}

export function answerStatus(status: number, headers: Record<string, string> = {}): Answer {
  return (response) => void response.writeHead(status, headers).end("no");
}

export const answerWith =
  (status: number, headers: Record<string, string>, body: (bytes: Buffer) => Buffer): Answer =>
  (response, _request, bytes) =>
    void response.writeHead(status, headers).end(body(bytes));

function startOf(range: string | undefined): number {
  return Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
}

function etagOf(bytes: Buffer): string {
  return `"${sha256(bytes).slice(0, 16)}"`;
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
