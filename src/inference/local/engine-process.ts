// Supervises one loaded model: a child process that loads it, answers, may crash or hang at any moment, and is then
// replaced. Callers see events per request; nothing native ever runs in this process.
import { AppError } from "../../platform/errors.ts";
import type { Clock } from "../../platform/clock.ts";
import { type ChildExit, type EngineChild, startEngineChild } from "./engine-process-child.ts";
import {
  createHeartbeat,
  defaultHeartbeatLimits,
  type Heartbeat,
  type HeartbeatLimits,
} from "./engine-process-heartbeat.ts";
import { createEngineQuestions } from "./engine-process-questions.ts";
import { createEngineRequests, type EngineCall, type EngineCallListener } from "./engine-process-requests.ts";
import type { EngineLogger } from "./local-engine-options.ts";
import { createTokenRate } from "./token-rate.ts";
import {
  type GenerateCommand,
  type LoadPlan,
  type WorkerEvent,
  type WorkerStats,
  workerProtocolVersion,
  type WorkerQuestion,
} from "./worker-protocol.ts";

export type EngineState =
  | { readonly status: "loading"; readonly percent: number }
  | { readonly status: "ready" }
  | { readonly status: "busy"; readonly running: number; readonly waiting: number }
  | { readonly status: "crashed"; readonly retryInMs: number }
  /** It will not come back by itself. */
  | { readonly status: "failed"; readonly problem: string }
  | { readonly status: "stopped" };

export interface EngineProcessOptions {
  readonly modelId: string;
  readonly workerEntry: string;
  readonly plan: LoadPlan;
  readonly logger: EngineLogger;
  readonly limits?: Partial<EngineProcessLimits>;
  readonly clock?: Clock;
}

export interface EngineProcessLimits extends HeartbeatLimits {
  /** Waits before the first, second, ... restart in a row; the last one repeats. */
  readonly restartDelaysMs: readonly number[];
  /** So many crashes before the model was ever ready mean that its file is the cause. */
  readonly maxLoadCrashes: number;
  /** A ready engine that lasted this long starts counting crashes anew. */
  readonly stableMs: number;
  /** After a polite request to end, this long until SIGKILL. */
  readonly stopMs: number;
}

const defaultLimits: EngineProcessLimits = {
  ...defaultHeartbeatLimits,
  restartDelaysMs: [0, 1000, 2000, 4000, 8000, 16_000, 30_000],
  maxLoadCrashes: 3,
  stableMs: 10_000,
  stopMs: 3000,
};

export interface EngineProcess {
  state(): EngineState;
  /** The child's process id, null between two children. */
  pid(): number | null;
  /** Resolves once the model can answer; throws model_load_failed or engine_stopping. */
  whenReady(): Promise<void>;
  /** Starts a call; its events end with `ended` or `failed`, unless it was cancelled. Throws request_quarantined. */
  generate(command: GenerateCommand, listener: EngineCallListener): void;
  /** Ends a call within one engine step; no further event of it is delivered. */
  cancel(requestId: string): void;
  /** Resolves to the event that answers it, once the model is loaded. Throws what the event or a crash says. */
  ask(question: WorkerQuestion): Promise<WorkerEvent>;
  /** So many cores are others' from its next step on, also after a crash, until another number comes. */
  lendCores(cores: number): void;
  /** Resolves when the child no longer uses nor writes what has the tag, or is gone. */
  forget(tag: string): Promise<void>;
  /** The calls that are open, oldest first. */
  calls(): readonly EngineCall[];
  /** What it told of itself last, at most a second ago; null before it is ready and while it is down. */
  stats(): WorkerStats | null;
  /** Written in the last minute; null where that is not known. */
  tokensPerSecond(): number | null;
  stop(): Promise<void>;
}

type Phase = "loading" | "ready" | "crashed" | "failed" | "stopped";

export function startEngineProcess(options: EngineProcessOptions): EngineProcess {
  return new Supervisor(options);
}

class Supervisor implements EngineProcess {
  readonly #options: EngineProcessOptions;
  readonly #limits: EngineProcessLimits;
  readonly #now: Clock;
  readonly #requests;
  readonly #questions = createEngineQuestions();
  #phase: Phase = "loading";
  #percent = 0;
  #problem = "";
  #child: EngineChild | null = null;
  #heartbeat: Heartbeat;
  #beatTimer: NodeJS.Timeout | undefined;
  #restartTimer: NodeJS.Timeout | undefined;
  #restartAt = 0;
  #readyAt = 0;
  #startedAt = 0;
  #crashesInARow = 0;
  #wasEverReady = false;
  #hung = false;
  #pings = 0;
  #lentCores = 0;
  #stats: WorkerStats | null = null;
  readonly #rate;
  #readyWaiters: PromiseWithResolvers<void>[] = [];
  readonly #forgetting = new Map<number, () => void>();
  #stopped: PromiseWithResolvers<void> | null = null;

  constructor(options: EngineProcessOptions) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#now = options.clock ?? Date.now;
    this.#requests = createEngineRequests(this.#now);
    this.#heartbeat = createHeartbeat(this.#limits);
    this.#rate = createTokenRate(this.#now);
    this.#startChild();
  }

  state(): EngineState {
    switch (this.#phase) {
      case "loading":
        return { status: "loading", percent: this.#percent };
      case "ready": {
        const { running, waiting } = this.#requests.count();
        return running + waiting === 0 ? { status: "ready" } : { status: "busy", running, waiting };
      }
      case "crashed":
        return { status: "crashed", retryInMs: Math.max(0, this.#restartAt - this.#now()) };
      case "failed":
        return { status: "failed", problem: this.#problem };
      case "stopped":
        return { status: "stopped" };
    }
  }

  pid(): number | null {
    return this.#child?.pid ?? null;
  }

  async whenReady(): Promise<void> {
    if (this.#phase === "ready") return;
    if (this.#phase === "failed" || this.#phase === "stopped") throw this.#endError();
    const waiter = Promise.withResolvers<void>();
    this.#readyWaiters.push(waiter);
    await waiter.promise;
  }

  generate(command: GenerateCommand, listener: EngineCallListener): void {
    if (this.#phase === "failed" || this.#phase === "stopped") throw this.#endError();
    this.#requests.add(command, listener);
    if (this.#phase === "ready") this.#sendUnsent();
    else listener({ type: "loading", percent: this.#percent });
  }

  cancel(requestId: string): void {
    if (this.#requests.cancel(requestId)) this.#child?.send({ type: "cancel", requestId });
  }

  async ask(question: WorkerQuestion): Promise<WorkerEvent> {
    await this.whenReady();
    const answer = this.#questions.add(question.requestId);
    this.#child?.send(question);
    return answer;
  }

  lendCores(cores: number): void {
    this.#lentCores = cores;
    if (this.#phase === "ready") this.#child?.send({ type: "lend-cores", cores });
  }

  async forget(tag: string): Promise<void> {
    if (this.#child === null) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const id = this.#pings++;
    this.#forgetting.set(id, resolve);
    this.#child.send({ type: "forget", id, tag });
    await promise;
  }

  calls(): readonly EngineCall[] {
    return this.#requests.calls();
  }

  stats(): WorkerStats | null {
    return this.#phase === "ready" ? this.#stats : null;
  }

  tokensPerSecond(): number | null {
    return this.#rate.perSecond();
  }

  async stop(): Promise<void> {
    if (this.#stopped !== null) return this.#stopped.promise;
    this.#stopped = Promise.withResolvers<void>();
    this.#phase = "stopped";
    clearTimeout(this.#restartTimer);
    clearInterval(this.#beatTimer);
    this.#endAll(new AppError("engine_stopping"));
    if (this.#child === null) this.#stopped.resolve();
    else {
      this.#child.send({ type: "shutdown" });
      const child = this.#child;
      const force = setTimeout(() => child.kill(), this.#limits.stopMs);
      void this.#stopped.promise.then(() => clearTimeout(force));
    }
    return this.#stopped.promise;
  }

  #startChild(): void {
    this.#phase = "loading";
    this.#percent = 0;
    this.#hung = false;
    this.#startedAt = this.#now();
    this.#stats = null;
    this.#heartbeat = createHeartbeat(this.#limits);
    const child = startEngineChild(this.#options.workerEntry, {
      onEvent: (event) => this.#onEvent(event),
      onExit: (exit) => this.#onExit(exit),
    });
    this.#child = child;
    child.send({ type: "load", protocol: workerProtocolVersion, plan: this.#options.plan });
    this.#beatTimer = setInterval(() => this.#beat(), this.#limits.beatMs);
  }

  #beat(): void {
    if (this.#phase !== "loading" && this.#phase !== "ready") return;
    if (this.#phase === "ready") this.#child?.send({ type: "ping", id: this.#pings++ });
    const hang = this.#heartbeat.beat(this.#phase);
    if (hang === null) return;
    this.#options.logger.error({ event: "engine-hung", model: this.#options.modelId, enginePid: this.pid(), hang });
    this.#hung = true;
    this.#child?.kill();
  }

  #onEvent(event: WorkerEvent): void {
    this.#heartbeat.heard();
    switch (event.type) {
      case "load-progress":
        this.#percent = Math.max(0, Math.min(100, Math.floor(event.percent)));
        this.#requests.onLoading(this.#percent);
        break;
      case "loaded":
        this.#onLoaded();
        break;
      case "load-failed":
        this.#fail(event.problem);
        break;
      case "step":
        for (const text of event.texts) this.#requests.onWorkerEvent({ type: "text", ...text });
        break;
      case "forgotten":
        this.#forgetting.get(event.id)?.();
        this.#forgetting.delete(event.id);
        break;
      case "pong":
        this.#heartbeat.heardStats(event.stats);
        this.#stats = event.stats;
        this.#rate.heard(event.stats.generatedTokens);
        break;
      case "ended":
        // An engine that answers works: whatever crashed it before was no reason to wait.
        this.#crashesInARow = 0;
        this.#requests.onWorkerEvent(event);
        break;
      default:
        if (!this.#questions.onWorkerEvent(event)) this.#requests.onWorkerEvent(event);
    }
  }

  #onLoaded(): void {
    if (this.#phase !== "loading") return;
    this.#phase = "ready";
    this.#wasEverReady = true;
    this.#readyAt = this.#now();
    const loadMs = this.#readyAt - this.#startedAt;
    this.#options.logger.info({ event: "engine-ready", model: this.#options.modelId, enginePid: this.pid(), loadMs });
    if (this.#lentCores > 0) this.lendCores(this.#lentCores);
    this.#sendUnsent();
    for (const waiter of this.#readyWaiters.splice(0)) waiter.resolve();
  }

  #sendUnsent(): void {
    for (const command of this.#requests.takeUnsent()) this.#child?.send(command);
  }

  #onExit(exit: ChildExit): void {
    clearInterval(this.#beatTimer);
    this.#child = null;
    for (const resolve of this.#forgetting.values()) resolve();
    this.#forgetting.clear();
    this.#questions.failAll(new AppError("engine_crashed"));
    if (this.#phase === "stopped") this.#stopped?.resolve();
    if (this.#phase !== "loading" && this.#phase !== "ready") return;
    const model = this.#options.modelId;
    this.#options.logger.error({ event: "engine-crashed", model, phase: this.#phase, hung: this.#hung, ...exit });
    const lasted = this.#phase === "ready" && this.#now() - this.#readyAt >= this.#limits.stableMs;
    this.#crashesInARow = lasted ? 1 : this.#crashesInARow + 1;
    // A kill from outside says nothing about the requests; a fault or a hang does.
    this.#requests.onCrash(this.#hung || exit.signal !== "SIGKILL");
    if (!this.#wasEverReady && this.#crashesInARow >= this.#limits.maxLoadCrashes) {
      this.#fail("the engine stopped each time it tried");
    } else this.#restartLater();
  }

  #restartLater(): void {
    const delays = this.#limits.restartDelaysMs;
    const delayMs = delays[Math.min(this.#crashesInARow, delays.length) - 1] ?? 0;
    this.#phase = "crashed";
    this.#percent = 0;
    this.#restartAt = this.#now() + delayMs;
    this.#restartTimer = setTimeout(() => this.#startChild(), delayMs);
  }

  #fail(problem: string): void {
    if (this.#phase === "stopped") return;
    this.#phase = "failed";
    this.#problem = problem;
    clearInterval(this.#beatTimer);
    this.#options.logger.error({ event: "engine-load-failed", model: this.#options.modelId, problem });
    this.#child?.kill();
    this.#endAll(this.#endError());
  }

  #endAll(error: AppError): void {
    this.#requests.failAll(error);
    this.#questions.failAll(error);
    for (const waiter of this.#readyWaiters.splice(0)) waiter.reject(error);
  }

  #endError(): AppError {
    if (this.#phase === "stopped") return new AppError("engine_stopping");
    return new AppError("model_load_failed", { model: this.#options.modelId, problem: this.#problem });
  }
}
