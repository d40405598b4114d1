// A model that answers what a test tells it to. It goes through the real port, so nothing of ours is replaced.
import { untilAborted } from "../../src/features/chats/server/until-aborted.ts";
import type { ModelCaller, ModelCallRequest, ModelDescription, ModelEvent } from "../../src/inference/model-call.ts";
import type { PromptTools } from "../../src/inference/prompt-tools.ts";
import { AppError } from "../../src/platform/errors.ts";

export interface FakeModel extends ModelCaller, PromptTools {
  /** Every request that came in, in order. */
  readonly requests: ModelCallRequest[];
  /** What the next calls produce; the default answers "Hello from the model." in words. */
  answer: (request: ModelCallRequest) => AsyncIterable<ModelEvent>;
}

export function createFakeModel(changes: Partial<ModelDescription> = {}): FakeModel {
  const description: ModelDescription = {
    id: "fake",
    name: "Fake 1B",
    origin: { kind: "here" },
    place: { kind: "models-folder", path: "/srv/shobar/models/fake.gguf", placeId: null },
    contextTokens: 2048,
    sizeBytes: 1_000_000,
    bytesPerToken: null,
    parameterCount: 1_000_000_000,
    quantization: "Q4_1",
    architecture: "llama",
    licence: "apache-2.0",
    languages: ["en"],
    isStarter: false,
    createdAt: 1_700_000_000_000,
    memory: { neededBytes: 1, freeBytes: 2, fits: true },
    state: { status: "ready" },
    ...changes,
  };
  const fake: FakeModel = {
    requests: [],
    answer: () => sayWords("Hello from the model."),
    listModels: () => Promise.resolve([description]),
    // A token for each byte of the text.
    tokenize: async (_modelId, text) => Array.from(Buffer.from(text), (id) => ({ id, bytes: Uint8Array.of(id) })),
    detokenize: async (_modelId, tokens) => Buffer.from(tokens).toString(),
    renderPrompt: async (_modelId, messages) => messages.map(({ role, content }) => `<${role}>${content}`).join(""),
    async *call(request) {
      fake.requests.push(request);
      if (request.model !== description.id) {
        throw new AppError("model_not_found", { model: request.model });
      }
      yield* untilAborted(fake.answer(request), request.signal);
    },
  };
  return fake;
}

/** The text word by word, one token a word. */
export async function* sayWords(
  text: string,
  options: { finishReason?: "stop" | "length" } = {},
): AsyncGenerator<ModelEvent> {
  yield { type: "call-start", promptTokens: 10, cachedTokens: 0 };
  const words = text.match(/\S+\s*/g) ?? [];
  for (const word of words) {
    yield { type: "text-delta", text: word, tokens: 1 };
  }
  const usage = { promptTokens: 10, cachedTokens: 0, completionTokens: words.length };
  yield { type: "call-end", finishReason: options.finishReason ?? "stop", usage };
}

/** A source of events that a test pushes one by one: `push`, `end`, `fail`. */
export function createEventFeed(): AsyncIterable<ModelEvent> & {
  readonly push: (event: ModelEvent) => void;
  readonly end: () => void;
  readonly fail: (error: unknown) => void;
} {
  const queue: (() => IteratorResult<ModelEvent>)[] = [];
  let wake: (() => void) | undefined;
  function add(step: () => IteratorResult<ModelEvent>): void {
    queue.push(step);
    wake?.();
  }
  return {
    push: (event) => add(() => ({ done: false, value: event })),
    end: () => add(() => ({ done: true, value: undefined })),
    fail: (error) =>
      add(() => {
        throw error;
      }),
    [Symbol.asyncIterator]: () => ({
      async next() {
        while (queue.length === 0) {
          await new Promise<void>((resolve) => (wake = resolve));
        }
        return queue.shift()!();
      },
    }),
  };
}
