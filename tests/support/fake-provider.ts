// A service outside, in this process and over real HTTP: it answers what a test tells it to, byte by byte where that matters.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  /** Of a POST, as JSON. */
  readonly body: Record<string, unknown>;
}

export type ProviderScript = (response: ServerResponse, request: SeenRequest) => void | Promise<void>;

export interface FakeProvider extends AsyncDisposable {
  /** Ends with /v1. */
  readonly baseUrl: string;
  /** What it wants to see; null: any. */
  key: string | null;
  /** Null: it has no list. */
  models: readonly unknown[] | null;
  readonly requests: SeenRequest[];
  /** How the next calls are answered. */
  answer: ProviderScript;
  /** Resolves when a connection of a completion was closed by the other side, with the time. */
  closed(): Promise<number>;
}

export async function startFakeProvider(): Promise<FakeProvider> {
  const requests: SeenRequest[] = [];
  let closing = Promise.withResolvers<number>();
  const server = createServer((request, response) => void respond(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.setEncoding("utf8");
    const text = (await Array.fromAsync(request)).join("");
    const seen: SeenRequest = {
      method: request.method ?? "",
      path: request.url ?? "",
      headers: request.headers,
      body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
    requests.push(seen);
    if (provider.key !== null && request.headers.authorization !== `Bearer ${provider.key}`) {
      const message = `Incorrect API key provided: ${request.headers.authorization?.slice(7)}. You can find your key elsewhere.`;
      sendJson(response, 401, { error: { message, type: "invalid_request_error", code: "invalid_api_key" } });
    } else if (seen.path === "/v1/models" && provider.models) {
      sendJson(response, 200, { object: "list", data: provider.models });
    } else if (seen.path === "/v1/chat/completions") {
      response.once("close", () => {
        if (!response.writableFinished) closing.resolve(performance.now());
      });
      await provider.answer(response, seen);
    } else {
      response.writeHead(404, { "content-type": "text/html" }).end("<html>Not here</html>");
    }
  }

  const provider: FakeProvider = {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    key: null,
    models: [
      { id: "big", object: "model" },
      { id: "small", object: "model" },
    ],
    requests,
    answer: (response) => sayThrough(response, ["Hello", " from", " outside."]),
    async closed() {
      const at = await closing.promise;
      closing = Promise.withResolvers<number>();
      return at;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return provider;
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

export function openStream(response: ServerResponse): ServerResponse {
  return response.writeHead(200, { "content-type": "text/event-stream" });
}

export function frame(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

/** As OpenAI sends it. */
export function chunk(delta: Record<string, unknown>, finishReason: string | null = null): string {
  return frame({
    id: "chatcmpl-x",
    object: "chat.completion.chunk",
    created: 1,
    model: "big-2026",
    choices: [{ index: 0, delta, finish_reason: finishReason }],
  });
}

export const usageFrame = frame({
  choices: [],
  usage: { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15, prompt_tokens_details: { cached_tokens: 4 } },
});
export const done = "data: [DONE]\n\n";

/** A whole answer in these pieces. */
export function sayThrough(response: ServerResponse, pieces: readonly string[]): void {
  const frames = pieces.map((content) => chunk({ content }));
  openStream(response).end(
    [chunk({ role: "assistant", content: "" }), ...frames, chunk({}, "stop"), usageFrame, done].join(""),
  );
}
