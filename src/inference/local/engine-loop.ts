// The engine's loop: takes commands at any time, applies them between steps, and computes step after step on whichever
// context has work. One context computes at a time, because they share the weights and the cores.
import { AppError } from "../../platform/errors.ts";
import { type AcceptedRequest, type Answer, createAnswer } from "./answer.ts";
import { chooseContext } from "./choose-context.ts";
import { createEngineContext, type EngineContext, type EngineContextSettings } from "./engine-contexts.ts";
import { createEngineStats } from "./engine-stats.ts";
import { runStep, type SampledToken } from "./engine-step.ts";
import type { LlamaApi } from "./llama-api.ts";
import type { LlamaModel } from "./llama-model.ts";
import { planBatch, type UserShare } from "./plan-batch.ts";
import { readSamplerSettings } from "./sampler-chain.ts";
import type { SequenceTable } from "./sequence-table.ts";
import { createWaitingQueue } from "./waiting-queue.ts";
import type { GenerateCommand, LoadPlan, StepText, WorkerEvent, WorkerStats } from "./worker-protocol.ts";

export interface Engine {
  /** Largest prompt plus answer that any context takes. */
  readonly contextTokens: number;
  generate(command: GenerateCommand): void;
  cancel(requestId: string): void;
  stats(): WorkerStats;
  /** Ends after the step in flight and frees every context. */
  stop(): Promise<void>;
}

export interface EngineSettings extends EngineContextSettings {
  readonly api: LlamaApi;
  readonly model: LlamaModel;
  readonly plan: LoadPlan;
  readonly send: (event: WorkerEvent) => void;
  readonly nowMs: () => number;
  /** Requests that may wait; the next one is refused. */
  readonly queueLimit: number;
}

const mostRememberedUsers = 10_000;

/** Makes the contexts that stay and starts the loop. Throws model_load_failed if there is not enough memory for them. */
export async function startEngine(settings: EngineSettings): Promise<Engine> {
  const { api, model, plan } = settings;
  const contexts = plan.contexts.map((contextPlan) => createEngineContext(api, model, contextPlan, settings));
  for (const context of contexts.filter((candidate) => candidate.plan.residency === "always")) {
    if (!(await context.make())) throw loadFailed(plan, context);
    await warmUp(context.table as SequenceTable);
  }
  return runEngine(settings, contexts);
}

/** One token through every layer, so that the first question does not pay for reading the weights from disk. */
async function warmUp({ context }: SequenceTable): Promise<void> {
  context.beginBatch();
  context.add(0, 0, true);
  await context.decode();
  context.keepStart(0, 0);
}

function runEngine(settings: EngineSettings, contexts: readonly EngineContext[]): Engine {
  const { api, model, plan, send, nowMs } = settings;
  const queue = createWaitingQueue(settings.queueLimit, (index) => contextAt(index).plan.sequences);
  const users = new Map<string, UserShare>();
  const answers = new Map<string, Answer>();
  const stats = createEngineStats();
  let wake: () => void = () => undefined;
  let stopping = false;
  let lastContext = -1;
  let steps = 0;

  const contextAt = (index: number) => contexts[index] as EngineContext;
  const order = () => ({ nowMs: nowMs(), users });
  const fail = (requestId: string, error: unknown) => {
    const { code, details } = error instanceof AppError ? error : new AppError("internal_error", {}, { cause: error });
    send({ type: "failed", requestId, code, details });
  };

  const accept = (command: GenerateCommand): AcceptedRequest => {
    const settingsOfRequest = readSamplerSettings(command.sampling);
    const prompt = model.tokenize(command.prompt);
    if (prompt.length === 0) throw new AppError("invalid_request", { problem: "the prompt is empty" });
    const rooms = contexts.map((context) => context.plan);
    const context = chooseContext(rooms, prompt.length, command.maxOutputTokens);
    return { command, prompt, settings: settingsOfRequest, context, arrivedMs: nowMs() };
  };

  const finish = (table: SequenceTable, sequence: number, event: WorkerEvent) => {
    const { request, startedMs } = table.answerIn(sequence);
    answers.delete(request.command.requestId);
    table.end(sequence);
    queue.onFinished(request.context, nowMs() - startedMs);
    send(event);
  };

  const removeCancelled = () => {
    for (const { table } of contexts) {
      for (const { sequence } of table?.planned() ?? []) {
        const answer = (table as SequenceTable).answerIn(sequence);
        if (!answer.cancelled) continue;
        const { requestId } = answer.request.command;
        finish(table as SequenceTable, sequence, { type: "cancelled", requestId });
      }
    }
  };

  const failWaiting = (index: number) => {
    for (let next = queue.takeNext(index, order()); next !== null; next = queue.takeNext(index, order())) {
      fail(next.command.requestId, loadFailed(plan, contextAt(index)));
    }
  };

  const admit = () => {
    for (const [index, context] of contexts.entries()) {
      const { table } = context;
      if (table === null) {
        const onSettled = (made: boolean) => {
          if (!made) failWaiting(index);
          wake();
        };
        if (queue.waitsFor(index)) context.want(onSettled);
        continue;
      }
      while (table.hasFree()) {
        const request = queue.takeNext(index, order());
        if (request === null) break;
        start(table, request);
      }
      context.setNeeded(table.running().length > 0 || queue.waitsFor(index));
    }
    for (const place of queue.takeChangedPositions(order())) send({ type: "queue-position", ...place });
  };

  const start = (table: SequenceTable, request: AcceptedRequest) => {
    const { requestId } = request.command;
    const { tokensPerSequence } = table.context;
    const answer = table.start(request, (cachedTokens) => {
      stats.onStarted(cachedTokens);
      send({ type: "started", requestId, promptTokens: request.prompt.length, cachedTokens });
      return createAnswer(api, model, request, { cachedTokens, startedMs: nowMs(), tokensPerSequence });
    });
    if (answer !== null) answers.set(requestId, answer);
  };

  const takeSampled = (table: SequenceTable, sampled: readonly SampledToken[]) => {
    const texts: StepText[] = [];
    const endings: (() => void)[] = [];
    for (const { sequence, token } of sampled) {
      const answer = table.answerIn(sequence);
      const { requestId } = answer.request.command;
      if (token === null) {
        endings.push(() => {
          table.forget(sequence);
          const problem = "the model could not compute this answer";
          finish(table, sequence, { type: "failed", requestId, code: "internal_error", details: { problem } });
        });
        continue;
      }
      const hasRoom = table.context.length(sequence) < table.context.tokensPerSequence;
      const { text, tokens, finishReason } = answer.accept(token, hasRoom);
      if (text !== "" && !answer.cancelled) texts.push({ requestId, text, tokens });
      if (finishReason === null || answer.cancelled) continue;
      endings.push(() => finish(table, sequence, { type: "ended", requestId, finishReason, usage: answer.usage() }));
    }
    if (texts.length > 0) send({ type: "step", texts });
    for (const end of endings) end();
  };

  const nextTable = (): SequenceTable | null => {
    for (let offset = 1; offset <= contexts.length; offset += 1) {
      const index = (lastContext + offset) % contexts.length;
      const { table } = contextAt(index);
      if (table === null || table.running().length === 0) continue;
      lastContext = index;
      return table;
    }
    return null;
  };

  const rememberTurns = (table: SequenceTable, sequences: readonly number[]) => {
    for (const sequence of sequences) {
      const { userId } = table.answerIn(sequence).request.command;
      users.delete(userId);
      users.set(userId, { weight: 1, lastTurn: steps });
    }
    for (const userId of users.keys()) {
      if (users.size <= mostRememberedUsers) break;
      users.delete(userId);
    }
  };

  const step = async (table: SequenceTable) => {
    const { batchTokens } = table.context;
    const { promptChunkTokens } = plan;
    const sequences = table.planned();
    const planned = planBatch({ nowMs: nowMs(), sequences, users, batchTokens, promptChunkTokens });
    const startedMs = nowMs();
    const { aborted, sampled } = await runStep(table, planned);
    if (aborted) return;
    steps += 1;
    rememberTurns(
      table,
      planned.prompts.map(({ sequence }) => sequence),
    );
    stats.onStep({
      ms: nowMs() - startedMs,
      promptTokens: planned.prompts.reduce((sum, { tokens }) => sum + tokens, 0),
      generatedTokens: sampled.length,
    });
    takeSampled(table, sampled);
  };

  const loop = async () => {
    while (!stopping) {
      // Made before anything is looked at, so that a command in between is not slept through.
      const command = new Promise<void>((resolve) => (wake = resolve));
      removeCancelled();
      admit();
      const table = nextTable();
      if (table === null) await command;
      else await step(table);
    }
    for (const context of contexts) context.free();
  };
  const finished = loop();

  return {
    contextTokens: Math.max(...contexts.map((context) => context.plan.tokensPerSequence)),
    generate(command) {
      if (answers.has(command.requestId) || queue.has(command.requestId)) return;
      try {
        queue.add(accept(command));
      } catch (error) {
        fail(command.requestId, error);
      }
      wake();
    },
    cancel(requestId) {
      const answer = answers.get(requestId);
      if (answer !== undefined) answer.cancelled = true;
      else if (queue.remove(requestId)) send({ type: "cancelled", requestId });
      wake();
    },
    stats: () => stats.read({ runningSequences: answers.size, waitingRequests: queue.size }),
    async stop() {
      stopping = true;
      wake();
      await finished;
    },
  };
}

function loadFailed(plan: LoadPlan, { plan: { sequences, tokensPerSequence } }: EngineContext): AppError {
  const model = plan.modelFile.replace(/^.*[\\/]/, "");
  const problem = `there is not enough memory for ${sequences} × ${tokensPerSequence} tokens of context`;
  return new AppError("model_load_failed", { model, problem });
}
