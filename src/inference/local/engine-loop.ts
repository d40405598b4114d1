// The engine's loop: takes commands at any time, applies them between steps, and computes step after step on whichever
// context has work. One context computes at a time, because they share the weights and the cores.
import { basename } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { PrefixCache } from "../cache/prefix-cache.ts";
import { AppError } from "../../platform/errors.ts";
import { type AcceptedRequest, type Answer, createAnswer } from "./answer.ts";
import { type Admission, createAdmission, notEnoughMemory } from "./engine-admission.ts";
import { createEngineContext, type EngineContext, type EngineContextSettings } from "./engine-contexts.ts";
import { createPreparation, type Preparation } from "./engine-preparation.ts";
import { createEngineStats } from "./engine-stats.ts";
import { runStep, type SampledToken } from "./engine-step.ts";
import type { LlamaApi } from "./llama-api.ts";
import type { LlamaModel } from "./llama-model.ts";
import type { MachineLoad } from "./machine-load.ts";
import {
  nothingOwed,
  planBatch,
  type PlannedBatch,
  type PlannedSequence,
  type PromptsOwed,
  promptWork,
} from "./plan-batch.ts";
import { createPromptPace, type PromptPace } from "./prompt-pace.ts";
import { createSequenceStates, type SequenceStates } from "./sequence-states.ts";
import type { BeforeLoss, SequenceHooks } from "./sequence-places.ts";
import type { SequenceTable } from "./sequence-table.ts";
import { createThreadGovernor, type ThreadGovernor } from "./thread-governor.ts";
import type { GenerateCommand, LoadPlan, StepText, WorkerEvent, WorkerStats } from "./worker-protocol.ts";

export interface EngineSettings extends EngineContextSettings {
  readonly api: LlamaApi;
  readonly model: LlamaModel;
  readonly plan: LoadPlan;
  readonly send: (event: WorkerEvent) => void;
  readonly nowMs: () => number;
  readonly load: MachineLoad;
  /** Requests that may wait; the next one is refused. */
  readonly queueLimit: number;
  /** Null: nothing outlives its sequence. */
  readonly cache: PrefixCache | null;
  /** Gets what nobody expected; whoever asked is told internal_error. */
  readonly reportBug: (error: unknown) => void;
}

/** Makes the contexts that stay and starts the loop. Throws model_load_failed if there is not enough memory for them. */
export async function startEngine(settings: EngineSettings): Promise<Engine> {
  const { api, model, plan, nowMs } = settings;
  let engine: Engine | undefined;
  const beforeLoss: BeforeLoss = (context, held, keptTokens) => engine?.beforeLoss(context, held, keptTokens);
  const wantsStart: SequenceHooks["wantsStart"] = (context, request) => engine?.wantsStart(context, request) ?? false;
  const hooks = { nowMs, beforeLoss, wantsStart };
  const contexts = plan.contexts.map((contextPlan) => createEngineContext(api, model, contextPlan, settings, hooks));
  for (const context of contexts.filter((candidate) => candidate.plan.residency === "always")) {
    if (!(await context.make())) throw notEnoughMemory(context, basename(plan.modelFile));
    await warmUp(context.table as SequenceTable);
  }
  return (engine = new Engine(settings, contexts));
}

/** One token through every layer, so that the first question does not pay for reading the weights from disk. */
async function warmUp({ context }: SequenceTable): Promise<void> {
  context.beginBatch();
  context.add(0, 0, true);
  await context.decode();
  context.keepStart(0, 0);
}

/** What is sent to end an answer, after the last text of its step. */
interface Ending {
  readonly sequence: number;
  readonly event: WorkerEvent;
}

export class Engine {
  readonly #settings: EngineSettings;
  readonly #contexts: readonly EngineContext[];
  readonly #admission: Admission;
  readonly #governor: ThreadGovernor;
  readonly #pace: PromptPace;
  readonly #stats = createEngineStats();
  readonly #owed = new WeakMap<SequenceTable, PromptsOwed>();
  readonly #answers = new Map<string, Answer>();
  readonly #states: SequenceStates | null;
  readonly #preparation: Preparation;
  readonly #forgotten: { readonly tag: string; readonly onDone: () => void }[] = [];
  readonly #finished: Promise<void>;
  #wake: () => void = () => undefined;
  #stopping = false;
  #lastContext = -1;

  constructor(settings: EngineSettings, contexts: readonly EngineContext[]) {
    this.#settings = settings;
    this.#contexts = contexts;
    const mostTokens = Math.max(...contexts.map(({ plan }) => plan.batchTokens));
    this.#pace = createPromptPace(settings.plan.targetGapMs, settings.plan.promptChunkTokens, mostTokens);
    this.#governor = createThreadGovernor(settings.threads, () => settings.load.takeIdleCores());
    this.#admission = createAdmission({
      ...settings,
      contexts,
      userSequences: settings.plan.userSequences,
      readSpeed: () => this.#pace.speed(),
      modelName: basename(settings.plan.modelFile),
      start: (table, request) => this.#start(table, request),
      fail: (requestId, error) => this.#fail(requestId, error),
      onContextSettled: () => this.#wake(),
    });
    this.#states = this.#keepStates(settings);
    this.#preparation = createPreparation(this.#states, () => this.#wake());
    this.#finished = this.#loop();
  }

  #keepStates({ cache, nowMs, plan }: EngineSettings): SequenceStates | null {
    if (cache === null) return null;
    return createSequenceStates({
      cache,
      nowMs,
      targetGapMs: plan.targetGapMs,
      readSpeed: () => this.#pace.speed(),
      isAnswering: () => this.#answers.size > 0,
    });
  }

  /** Largest prompt plus answer that any context takes. */
  get contextTokens(): number {
    return Math.max(...this.#contexts.map(({ plan }) => plan.tokensPerSequence));
  }

  generate(command: GenerateCommand): void {
    const { requestId } = command;
    // The first one keeps the id: ending the second would end both for whoever listens.
    if (this.#answers.has(requestId) || this.#admission.isWaiting(requestId)) return;
    if (this.#preparation.has(requestId)) return;
    try {
      this.#admission.offer(command);
    } catch (error) {
      this.#fail(requestId, error);
    }
    this.#wake();
  }

  /** A running answer ends before the next step, a waiting one at once. */
  cancel(requestId: string): void {
    const answer = this.#answers.get(requestId);
    const withdrawn = this.#withdraw(requestId);
    if (withdrawn?.paused) this.#forget(withdrawn.paused);
    if (withdrawn) this.#settings.send({ type: "cancelled", requestId });
    else if (answer !== undefined) answer.cancelled = true;
    this.#wake();
  }

  #withdraw(requestId: string): ReturnType<Admission["withdraw"]> {
    const prepared = this.#preparation.withdraw(requestId);
    if (prepared === null) return this.#admission.withdraw(requestId);
    this.#admission.onFinished(prepared, 0);
    return { paused: null };
  }

  /** What sequences and saved states hold with this tag is gone when it resolves. */
  async forget(tag: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#forgotten.push({ tag, onDone: resolve });
    this.#wake();
    await promise;
    await this.#settings.cache?.forget(tag);
  }

  readonly beforeLoss: BeforeLoss = (context, held, keptTokens) => this.#states?.beforeLoss(context, held, keptTokens);

  readonly wantsStart: SequenceHooks["wantsStart"] = (context, request) =>
    this.#states?.wantsStart(context, request) ?? false;

  /** So many threads fewer from the next step on. */
  lendCores(cores: number): void {
    this.#governor.lend(cores);
  }

  stats(): WorkerStats {
    return this.#stats.read({
      runningSequences: this.#answers.size - this.#admission.paused,
      waitingRequests: this.#admission.waiting + this.#preparation.size,
    });
  }

  /** Ends after the step in flight, frees every context, and waits until what is worth it has been saved. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake();
    await this.#finished;
    await this.#settings.cache?.close();
  }

  async #loop(): Promise<void> {
    while (!this.#stopping) {
      // Made before anything is looked at, so that a command in between is not slept through.
      const command = new Promise<void>((resolve) => (this.#wake = resolve));
      this.#removeCancelled();
      this.#forgetTags();
      this.#saveStarts();
      for (const { table, request, mayWait } of this.#preparation.takeReady()) {
        if (mayWait) this.#start(table, request);
        else this.#begin(table, request);
      }
      for (const place of this.#admission.admit()) this.#settings.send({ type: "queue-position", ...place });
      const table = this.#nextTable();
      const saveInMs = this.#states?.saveRested(this.#tables()) ?? null;
      if (table !== null) await this.#step(table);
      else if (!this.#preparation.hasReady()) await (saveInMs === null ? command : within(saveInMs, command));
    }
    this.#forgetTags();
    this.#states?.saveAll(this.#tables());
    for (const context of this.#contexts) context.free();
    this.#admission.free();
    this.#settings.threadPool?.free();
  }

  #tables(): readonly SequenceTable[] {
    return this.#contexts.flatMap(({ table }) => table ?? []);
  }

  #saveStarts(): void {
    for (const table of this.#tables())
      for (const reached of table.takeReached()) this.#states?.saveStart(table, reached);
  }

  #forgetTags(): void {
    for (const { tag, onDone } of this.#forgotten.splice(0)) {
      for (const table of this.#tables()) table.forgetTag(tag);
      onDone();
    }
  }

  /** The next context in turn that has work. */
  #nextTable(): SequenceTable | null {
    const count = this.#contexts.length;
    for (let offset = 1; offset <= count; offset += 1) {
      const index = (this.#lastContext + offset) % count;
      const table = this.#contexts[index]?.table ?? null;
      if (table === null || table.running().length === 0) continue;
      this.#lastContext = index;
      return table;
    }
    return null;
  }

  async #step(table: SequenceTable): Promise<void> {
    const { load, nowMs } = this.#settings;
    const startedMs = nowMs();
    const startedCpuMs = load.cpuMs();
    table.context.setThreads(this.#governor.threads);
    const sequences = table.planned();
    const isAnswering = sequences.some(({ promptTokensLeft }) => promptTokensLeft === 0);
    const planned = planBatch({
      nowMs: startedMs,
      sequences,
      owed: this.#owed.get(table) ?? nothingOwed,
      batchTokens: table.context.batchTokens,
      room: isAnswering ? this.#pace.besideAnswers() : this.#pace.alone(),
    });
    this.#owed.set(table, planned.owed);
    const { aborted, sampled } = await runStep(table, planned);
    if (aborted) return;
    const wallMs = nowMs() - startedMs;
    this.#governor.onStep({ nowMs: nowMs(), wallMs, cpuMs: load.cpuMs() - startedCpuMs });
    this.#count(table, sequences, planned, sampled.length, wallMs);
    this.#deliver(table, sampled);
  }

  #count(
    table: SequenceTable,
    sequences: readonly PlannedSequence[],
    planned: PlannedBatch,
    generatedTokens: number,
    ms: number,
  ): void {
    const prompt = promptWork(sequences, planned.prompts);
    const [sequence, another] = planned.generate;
    if (sequence !== undefined && another === undefined && prompt.promptTokens === 0)
      table.answerIn(sequence).tookAlone(ms);
    this.#stats.onStep({ ms, promptTokens: prompt.promptTokens, generatedTokens });
    this.#pace.onStep({ ms, ...prompt, generatedTokens: planned.generate.length });
  }

  /** Sends the step's text in one message, then what ended with it. */
  #deliver(table: SequenceTable, sampled: readonly SampledToken[]): void {
    const texts: StepText[] = [];
    const endings: Ending[] = [];
    for (const { sequence, token, noneAllowed } of sampled) {
      const answer = table.answerIn(sequence);
      const { requestId } = answer.request.command;
      if (answer.cancelled) continue;
      if (noneAllowed === true) {
        endings.push({ sequence, event: { type: "failed", requestId, code: "no_token_allowed", details: {} } });
        continue;
      }
      if (token === null) {
        table.forget(sequence);
        const problem = "the model could not compute this answer";
        endings.push({ sequence, event: { type: "failed", requestId, code: "internal_error", details: { problem } } });
        continue;
      }
      const hasRoom = table.context.length(sequence) < table.context.tokensPerSequence;
      const { text, tokens, finishReason } = answer.accept(token, hasRoom);
      if (text !== "") texts.push({ requestId, text, tokens });
      if (finishReason === null) continue;
      endings.push({
        sequence,
        event: { type: "ended", requestId, finishReason, usage: answer.usage(), alone: answer.alone() },
      });
    }
    if (texts.length > 0) this.#settings.send({ type: "step", texts });
    for (const { sequence, event } of endings) this.#finish(table, sequence, event);
  }

  #start(table: SequenceTable, request: AcceptedRequest): void {
    if (!this.#preparation.offer(table, request)) this.#begin(table, request);
  }

  #begin(table: SequenceTable, request: AcceptedRequest): void {
    const { api, model, nowMs, send } = this.#settings;
    const { requestId } = request.command;
    const { tokensPerSequence } = table.context;
    let answer: Answer | null;
    try {
      answer = table.start(request, (cachedTokens) => {
        const made = createAnswer(api, model, request, { cachedTokens, startedMs: nowMs(), tokensPerSequence });
        this.#stats.onStarted(cachedTokens);
        send({ type: "started", requestId, promptTokens: request.prompt.length, cachedTokens });
        return made;
      });
    } catch (error) {
      return this.#fail(requestId, error);
    }
    if (answer !== null) this.#answers.set(requestId, answer);
  }

  #finish(table: SequenceTable, sequence: number, event: WorkerEvent): void {
    this.#forget(table.end(sequence));
    this.#settings.send(event);
  }

  #forget(answer: Answer): void {
    const { request } = answer;
    this.#answers.delete(request.command.requestId);
    this.#admission.onFinished(request, answer.usage().completionTokens);
    answer.free();
  }

  #removeCancelled(): void {
    for (const { table } of this.#contexts) {
      for (const { sequence } of table?.planned() ?? []) {
        const { cancelled, request } = (table as SequenceTable).answerIn(sequence);
        if (!cancelled) continue;
        const { requestId } = request.command;
        this.#finish(table as SequenceTable, sequence, { type: "cancelled", requestId });
      }
    }
  }

  #fail(requestId: string, error: unknown): void {
    if (!(error instanceof AppError)) this.#settings.reportBug(error);
    const { code, details } = error instanceof AppError ? error : new AppError("internal_error");
    this.#settings.send({ type: "failed", requestId, code, details });
  }
}

async function within(ms: number, command: Promise<void>): Promise<void> {
  const timer = new AbortController();
  const { signal } = timer;
  await Promise.race([command, delay(ms, undefined, { signal }).catch(() => undefined)]);
  timer.abort();
}
