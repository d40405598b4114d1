// Pieces of scripted answers, and how an answer looks to somebody who comes anew.
import { expect, vi } from "vitest";
import type { Message, Run, RunEvent, Turn } from "../../src/features/chats/contract.ts";
import type { Scope } from "../../src/features/chats/server/chat-store.ts";
import type { Chats } from "../../src/features/chats/server/chats.ts";
import type { ModelEvent } from "../../src/inference/model-call.ts";
import { newId } from "../../src/platform/new-id.ts";

export const aMessage = (text = "Tell me a story.") => ({ chatId: newId(), messageId: newId(), text });
/** A run as its row is when it begins. */
export const aQueuedRun = (id: string): Run => ({
  id,
  status: "queued",
  modelId: "m",
  modelName: "M",
  madeBy: "here",
  finishReason: null,
  failure: null,
  promptTokens: null,
  cachedTokens: null,
  completionTokens: null,
  reasoningTokens: null,
  startedAt: 1,
  endedAt: null,
});

export const word = (text: string): ModelEvent => ({ type: "text-delta", text, tokens: 1 });
export const thought = (text: string): ModelEvent => ({ type: "reasoning-delta", text, tokens: 1 });
export const begin: ModelEvent = { type: "call-start", promptTokens: 7, cachedTokens: 2 };
export const end: ModelEvent = {
  type: "call-end",
  finishReason: "stop",
  usage: { promptTokens: 7, cachedTokens: 2, completionTokens: 5 },
};
export const nobodyLeaves = new AbortController().signal;

export async function answerOf(chats: Chats, scope: Scope, turn: Turn): Promise<Message> {
  return (await chats.readMessages(scope, turn.chat.id, {})).items.at(-1)!;
}

/** Waits until the answer, as a newcomer sees it, is this text. */
export async function seen(chats: Chats, scope: Scope, turn: Turn, text: string): Promise<void> {
  await vi.waitFor(async () => expect((await answerOf(chats, scope, turn)).text).toBe(text), {
    interval: 5,
    timeout: 8000,
  });
}

export const textOf = (events: RunEvent[]): string =>
  events.map((event) => (event.type === "text-delta" ? event.text : "")).join("");
