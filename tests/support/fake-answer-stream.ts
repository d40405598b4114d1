// Streams a scripted answer as the server does: the id of a piece is the length of the text after it.
import type { ServerResponse } from "node:http";
import type { RunEvent } from "../../src/features/chats/contract.ts";
import type { FakeState } from "./fake-api-state.ts";

export async function streamAnswer(
  state: FakeState,
  runId: string,
  after: number,
  response: ServerResponse,
): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  const write = (event: RunEvent, id?: number) => {
    const head = id === undefined ? "" : `id: ${id}\n`;
    response.write(`${head}data: ${JSON.stringify(event)}\n\n`);
  };
  let sent = after;
  for (const wait of state.options.waits ?? []) {
    write(wait);
    await state.tick();
  }
  while (!response.destroyed) {
    const message = state.answerOf(runId);
    if (message === undefined || message.run === null) break;
    if (message.text.length > sent) {
      const text = message.text.slice(sent);
      sent = message.text.length;
      write({ type: "text-delta", text }, sent);
    }
    if (message.run.status !== "running" && message.run.status !== "queued") {
      write({ type: "run-end", run: message.run });
      break;
    }
    if (state.options.isFrozen === true) return;
    if (state.dropStreams) {
      response.destroy();
      return;
    }
    await state.tick();
    state.grow(message.id);
  }
  response.end();
}
