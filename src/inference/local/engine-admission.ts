// From a command to a sequence: checks a request, lets it wait in fair order, and starts it where its context has room.
import { commonStart } from "../cache/state-index.ts";
import { AppError } from "../../platform/errors.ts";
import type { AcceptedRequest, Answer } from "./answer.ts";
import { chooseContext } from "./choose-context.ts";
import type { EngineContext } from "./engine-contexts.ts";
import type { MeasuredSpeed } from "./estimate-waits.ts";
import type { LlamaModel } from "./llama-model.ts";
import { readSamplerSettings } from "./sampler-chain.ts";
import type { SequenceTable } from "./sequence-table.ts";
import { startOfPrompt } from "./shared-start.ts";
import { type ContextLoad, createWaitingQueue, type QueuePosition } from "./waiting-queue.ts";
import type { GenerateCommand } from "./worker-protocol.ts";

export interface AdmissionSettings {
  readonly model: LlamaModel;
  readonly contexts: readonly EngineContext[];
  /** Answers that one user has in a context at a time while others wait; null: half of what there is. */
  readonly userSequences: number | null;
  readonly queueLimit: number;
  readonly nowMs: () => number;
  /** What the engine measured; null until it has. */
  readonly readSpeed: () => MeasuredSpeed | null;
  /** A sequence of the table is free for the request. */
  readonly start: (table: SequenceTable, request: AcceptedRequest) => void;
  readonly fail: (requestId: string, error: AppError) => void;
  /** A context that was wanted has been made, or cannot be. */
  readonly onContextSettled: () => void;
  /** File name, for error messages. */
  readonly modelName: string;
}

export interface Admission {
  readonly waiting: number;
  /** Those that wait although they have begun. */
  readonly paused: number;
  isWaiting(requestId: string): boolean;
  /** Throws AppError: invalid_request, context_length_exceeded or queue_full. */
  offer(command: GenerateCommand): void;
  /** Null if it does not wait; an answer that was paused is given back to be ended. */
  withdraw(requestId: string): { readonly paused: Answer | null } | null;
  /** Starts all that there is room for; between steps only. Returns the places in the queue that changed. */
  admit(): readonly QueuePosition[];
  /** What a request came to that was started. */
  onFinished(request: AcceptedRequest, completionTokens: number): void;
  free(): void;
}

export function createAdmission(settings: AdmissionSettings): Admission {
  const { contexts, nowMs, model, userSequences } = settings;
  const paused = new Map<string, Answer>();
  const contextAt = (index: number) => contexts[index] as EngineContext;
  const queue = createWaitingQueue({
    limit: settings.queueLimit,
    roomOf: (index) => contextAt(index).plan,
    userSequences,
    loadOf: (index) => ({ nowMs: nowMs(), running: runningIn(contextAt(index)), speed: settings.readSpeed() }),
  });

  const failWaiting = (index: number) => {
    const error = notEnoughMemory(contextAt(index), settings.modelName);
    for (let next = queue.takeNext(index); next !== null; next = queue.takeNext(index)) {
      settings.fail(next.command.requestId, error);
    }
  };
  const make = (context: EngineContext, index: number) =>
    context.want((made) => {
      if (!made) failWaiting(index);
      settings.onContextSettled();
    });
  const begin = (table: SequenceTable, request: AcceptedRequest) => {
    const { requestId } = request.command;
    const answer = paused.get(requestId);
    paused.delete(requestId);
    if (answer === undefined) settings.start(table, request);
    else table.resume(answer);
  };
  const pause = (table: SequenceTable, requestId: string) => {
    const answer = table.pause(requestId);
    paused.set(requestId, answer);
    const { completionTokens } = answer.usage();
    queue.addPaused(answer.request, { tokens: answer.prompt.length, completionTokens });
  };
  const fill = (context: EngineContext, table: SequenceTable, index: number) => {
    while (table.hasFree()) {
      const request = queue.takeNext(index);
      if (request === null) break;
      begin(table, request);
    }
    while (!table.hasFree()) {
      const newcomer = queue.takeNewcomer(index);
      if (newcomer === null) break;
      pause(table, newcomer.paused);
      begin(table, newcomer.request);
    }
    context.setNeeded(!table.isIdle() || queue.waitsFor(index));
  };

  return {
    get waiting() {
      return queue.size;
    },
    get paused() {
      return paused.size;
    },
    isWaiting: (requestId) => queue.has(requestId),
    offer(command) {
      const samplerSettings = readSamplerSettings(command.sampling);
      const prompt = model.tokenize(command.prompt);
      if (prompt.length === 0) throw new AppError("invalid_request", { problem: "the prompt is empty" });
      const rooms = contexts.map(({ plan }) => plan);
      const context = chooseContext(rooms, prompt.length, command.maxOutputTokens);
      const sharedTokens = sharedTokensOf(model, command, prompt);
      queue.add({ command, prompt, sharedTokens, settings: samplerSettings, context, arrivedMs: nowMs() });
    },
    withdraw(requestId) {
      if (!queue.remove(requestId)) return null;
      const answer = paused.get(requestId) ?? null;
      paused.delete(requestId);
      return { paused: answer };
    },
    admit() {
      for (const [index, context] of contexts.entries()) {
        if (context.table !== null) fill(context, context.table, index);
        else if (queue.waitsFor(index)) make(context, index);
      }
      return queue.takeChangedPositions();
    },
    onFinished: (request, completionTokens) => queue.onFinished(request, completionTokens),
    free() {
      for (const answer of paused.values()) answer.free();
      paused.clear();
    },
  };
}

/** Where the text is cut in the middle of a token, that token is nobody's. */
function sharedTokensOf(model: LlamaModel, { prompt, shared }: GenerateCommand, tokens: Int32Array): number {
  if (shared === undefined || shared.characters === 0) return 0;
  return commonStart(model.tokenize(startOfPrompt(prompt, shared.characters)), tokens);
}

function runningIn({ table }: EngineContext): ContextLoad["running"] {
  if (table === null) return [];
  return table.planned().map((planned) => {
    const answer = table.answerIn(planned.sequence);
    const { command, prompt } = answer.request;
    const room = table.context.tokensPerSequence - prompt.length;
    const mostTokens = Math.min(command.maxOutputTokens ?? Infinity, Math.max(1, room));
    const { completionTokens } = answer.usage();
    return { ...planned, requestId: command.requestId, computedTokens: planned.length, completionTokens, mostTokens };
  });
}

export function notEnoughMemory({ plan: { sequences, tokensPerSequence } }: EngineContext, model: string): AppError {
  const problem = `there is not enough memory for ${sequences} × ${tokensPerSequence} tokens of context`;
  return new AppError("model_load_failed", { model, problem });
}
