// Says what it is told to say, through the same port as every model. Its name tells everybody who reads an answer that it
// is an example, so that no model is praised for it.
import type { ModelCaller, ModelCallRequest, ModelDescription, ModelEvent } from "../../src/inference/model-call.ts";
import { AppError } from "../../src/platform/errors.ts";
import type { DemoClock } from "./demo-clock.ts";
import type { Ending } from "./demo-chat.ts";

const names = { en: "Sample text", bn: "নমুনা লেখা" };
/** How long a word seems to have taken. */
const msPerWord = 45;

export interface ScriptedModel extends ModelCaller {
  /** What the next call says, and how it ends. `stopped` speaks and then waits until somebody stops it. */
  say(text: string, ending: Ending): void;
}

export function createScriptedModel(language: "en" | "bn", clock: DemoClock): ScriptedModel {
  let next: { text: string; ending: Ending } | undefined;

  async function* call({ messages, signal }: ModelCallRequest): AsyncGenerator<ModelEvent> {
    if (!next) throw new Error("the scripted model was called without a script");
    const { text, ending } = next;
    next = undefined;
    const words = text.match(/\S+\s*/g) ?? [];
    const promptTokens = messages.reduce((sum, { content }) => sum + content.split(/\s+/).length, 0);
    if (words.length > 0) yield { type: "call-start", promptTokens, cachedTokens: 0 };
    for (const word of words) {
      clock.advance(msPerWord);
      yield { type: "text-delta", text: word, tokens: 1 };
    }
    if (ending.kind === "failed") throw new AppError(ending.code, ending.details);
    if (ending.kind === "stopped") await aborted(signal);
    const finishReason = ending.kind === "length" ? "length" : "stop";
    yield { type: "call-end", finishReason, usage: { promptTokens, cachedTokens: 0, completionTokens: words.length } };
  }

  return {
    say: (text, ending) => void (next = { text, ending }),
    listModels: () => Promise.resolve([describe(names[language])]),
    call,
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}

function describe(name: string): ModelDescription {
  return {
    id: "sample-text",
    name,
    origin: { kind: "here" },
    place: { kind: "shipped", path: "", placeId: null },
    contextTokens: 2048,
    sizeBytes: 1,
    bytesPerToken: null,
    parameterCount: null,
    quantization: null,
    architecture: null,
    licence: null,
    languages: ["en", "bn"],
    isStarter: false,
    createdAt: 0,
    memory: { neededBytes: 1, freeBytes: 1, fits: true },
    state: { status: "ready" },
  };
}
