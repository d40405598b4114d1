// A service outside for the demo, on this machine: it speaks the API that all of them speak and writes what stands here,
// slowly, so that there is an answer being written whenever somebody looks.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { liveTexts } from "./live-texts.ts";

/** As it stands on the page of models and under each answer. */
export const providerName = "Demo script";
export const providerModel = "slow-writer";
const msPerWord = 900;

export interface ScriptedProvider {
  /** With the API's version, as providers give it. */
  readonly baseUrl: string;
  close(): Promise<void>;
}

export async function startScriptedProvider(): Promise<ScriptedProvider> {
  const ending = new AbortController();
  let answered = 0;
  const server = createServer((request, response) => {
    if (request.method === "GET") return sendJson(response, { object: "list", data: [{ id: providerModel }] });
    const text = liveTexts[answered++ % liveTexts.length] ?? "";
    void write(request, response, text, ending.signal).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    async close() {
      ending.abort();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function write(
  request: IncomingMessage,
  response: ServerResponse,
  text: string,
  ending: AbortSignal,
): Promise<void> {
  request.resume();
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const signal = AbortSignal.any([ending, gone.signal]);
  response.writeHead(200, { "content-type": "text/event-stream" });
  const words = text.match(/\S+\s*/g) ?? [];
  for (const word of words) {
    send(response, { choices: [{ index: 0, delta: { content: word }, finish_reason: null }] });
    await delay(msPerWord, undefined, { signal });
  }
  send(response, { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
  response.end("data: [DONE]\n\n");
}

function send(response: ServerResponse, chunk: object): void {
  const frame = { id: "demo", object: "chat.completion.chunk", created: 0, model: providerModel, ...chunk };
  response.write(`data: ${JSON.stringify(frame)}\n\n`);
}

function sendJson(response: ServerResponse, body: object): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
}
