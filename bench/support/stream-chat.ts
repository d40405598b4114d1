// A person who keeps the product's own chat writing: when one answer ends, the next question follows. The longest
// silence inside an answer is noted.
import { request } from "node:http";
import { newId } from "../../src/platform/new-id.ts";
import { longAnswerPrompt } from "./prompts.ts";
import { post } from "./shobar.ts";

export interface ChattingPerson {
  /** Resolves when text has come. */
  readonly writing: Promise<void>;
  /** The longest silence inside an answer since the last look, milliseconds; one that lasts counts up to now. */
  takeWorstGapMs(): number;
  /** Pieces of text since the last look. */
  takePieces(): number;
  stop(): Promise<void>;
}

export function startChatting(url: string, headers: Readonly<Record<string, string>>, user: number): ChattingPerson {
  const controller = new AbortController();
  const { promise: writing, resolve } = Promise.withResolvers<void>();
  let lastPieceAt: number | null = null;
  let worstGapMs = 0;
  let pieces = 0;

  function note(): void {
    const now = performance.now();
    worstGapMs = Math.max(worstGapMs, now - (lastPieceAt ?? now));
    lastPieceAt = now;
    pieces += 1;
    resolve();
  }

  async function chat(): Promise<void> {
    for (let turn = 0; !controller.signal.aborted; turn++) {
      const question = { chatId: newId(), messageId: newId(), text: longAnswerPrompt(turn, user, turn) };
      const { answer } = (await post(url, "/api/chats", question, headers)) as { answer: { run: { id: string } } };
      for await (const frame of readFrames(`${url}/api/runs/${answer.run.id}/events`, headers, controller.signal)) {
        if (frame.includes('"text-delta"')) {
          note();
        }
      }
      lastPieceAt = null;
    }
  }
  const chatting = chat().catch((error: unknown) => {
    if (!controller.signal.aborted) {
      throw error;
    }
  });
  return {
    writing: Promise.race([writing, chatting]),
    takeWorstGapMs() {
      const now = performance.now();
      const worst = Math.max(worstGapMs, now - (lastPieceAt ?? now));
      worstGapMs = 0;
      return worst;
    },
    takePieces() {
      const taken = pieces;
      pieces = 0;
      return taken;
    },
    async stop() {
      controller.abort();
      await chatting;
    },
  };
}

async function* readFrames(
  address: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { promise, resolve, reject } = Promise.withResolvers<AsyncIterable<string>>();
  const outgoing = request(address, { headers, agent: false, signal }, (response) => {
    response.setEncoding("utf8");
    resolve(response);
  });
  outgoing.once("error", reject);
  outgoing.end();
  let rest = "";
  for await (const text of await promise) {
    const frames = (rest + text).split("\n\n");
    rest = frames.pop()!;
    yield* frames;
  }
}
