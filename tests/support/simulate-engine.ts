// The engine's loop in simulated time: the real queue, pace and plan over a machine that is arithmetic. Every step is handed
// to whoever checks or draws it.
import type { AcceptedRequest } from "../../src/inference/local/answer.ts";
import {
  nothingOwed,
  planBatch,
  type PlannedSequence,
  type PlannedStep,
  promptWork,
} from "../../src/inference/local/plan-batch.ts";
import { createPromptPace, type StepRoom } from "../../src/inference/local/prompt-pace.ts";
import { readSamplerSettings } from "../../src/inference/local/sampler-chain.ts";
import { createWaitingQueue, type RunningRequest, type WaitingQueue } from "../../src/inference/local/waiting-queue.ts";
import type { SimulatedMachine, SimulatedRequest, SimulatedWorkload } from "./engine-workload.ts";
import { seededRandom } from "./seeded-random.ts";

export interface SimulatedStep {
  readonly startMs: number;
  readonly ms: number;
  readonly sequences: readonly PlannedSequence[];
  readonly planned: PlannedStep;
  readonly room: StepRoom;
  readonly waiting: readonly SimulatedRequest[];
  readonly freeSequences: number;
}

export interface Outcome {
  readonly request: SimulatedRequest;
  readonly end: "done" | "cancelled" | "refused";
  readonly startedMs: number | null;
  readonly endedMs: number;
  readonly promptTokens: number;
  readonly answerTokens: number;
}

/** What a request was told when it began to wait, and what came of it. */
export interface ToldWait {
  readonly estimatedMs: number;
  readonly actualMs: number;
}

export interface Simulation {
  readonly outcomes: readonly Outcome[];
  readonly told: readonly ToldWait[];
}

interface Running {
  readonly request: SimulatedRequest;
  readonly accepted: AcceptedRequest;
  readonly startedMs: number;
  /** To be in its sequence before it is answered on: its prompt, after a pause its answer too. */
  toCompute: number;
  /** Of that and the answer. */
  computed: number;
  answered: number;
}

const context = 0;

export function simulateEngine(workload: SimulatedWorkload, onStep: (step: SimulatedStep) => void): Simulation {
  const { machine, requests } = workload;
  const noise = seededRandom(workload.seed + 1);
  const pace = createPromptPace(machine.targetGapMs, 64, machine.batchTokens);
  const slots: (Running | null)[] = Array.from({ length: machine.sequences }, () => null);
  const running = () => slots.filter((slot) => slot !== null);
  const paused = new Map<string, Running>();
  const byId = new Map(requests.map((request) => [request.requestId, request]));
  const outcomes: Outcome[] = [];
  const firstTold = new Map<string, { atMs: number; estimatedMs: number }>();
  const told: ToldWait[] = [];
  let arrived = 0;
  let nowMs = 0;
  let owed = nothingOwed;
  const queue: WaitingQueue = createWaitingQueue({
    limit: machine.queueLimit,
    roomOf: () => machine,
    userSequences: machine.userSequences,
    loadOf: () => ({
      nowMs,
      running: running().map((one, sequence) => describeRunning(one, sequence, machine)),
      speed: pace.speed(),
    }),
  });
  const end = (request: SimulatedRequest, how: Outcome["end"], one: Running | null) =>
    outcomes.push({
      request,
      end: how,
      startedMs: one?.startedMs ?? null,
      endedMs: nowMs,
      promptTokens: one === null ? 0 : Math.max(0, one.computed - (one.toCompute - request.promptTokens)),
      answerTokens: one?.answered ?? 0,
    });
  const free = (index: number, how: Outcome["end"]) => {
    const one = slots[index] as Running;
    slots[index] = null;
    queue.onFinished(one.accepted, one.answered);
    end(one.request, how, one);
  };
  const leave = (request: SimulatedRequest) => {
    const one = paused.get(request.requestId) ?? null;
    paused.delete(request.requestId);
    if (one !== null) queue.onFinished(one.accepted, one.answered);
    end(request, "cancelled", one);
  };
  const begin = (index: number, accepted: AcceptedRequest) => {
    const { requestId } = accepted.command;
    const again = paused.get(requestId);
    paused.delete(requestId);
    if (again !== undefined) {
      slots[index] = again;
      return;
    }
    const request = byId.get(requestId) as SimulatedRequest;
    const before = firstTold.get(requestId);
    if (before !== undefined) told.push({ estimatedMs: before.estimatedMs, actualMs: nowMs - before.atMs });
    const { promptTokens, cachedTokens } = request;
    slots[index] = {
      request,
      accepted,
      startedMs: nowMs,
      toCompute: promptTokens,
      computed: cachedTokens,
      answered: 0,
    };
  };
  const pause = (index: number) => {
    const one = slots[index] as Running;
    slots[index] = null;
    if (one.answered > 0) one.toCompute = one.request.promptTokens + one.answered;
    one.computed = 0;
    paused.set(one.request.requestId, one);
    queue.addPaused(one.accepted, { tokens: one.toCompute, completionTokens: one.answered });
  };
  const arrive = () => {
    for (; arrived < requests.length && (requests[arrived] as SimulatedRequest).arrivesMs <= nowMs; arrived += 1) {
      const request = requests[arrived] as SimulatedRequest;
      try {
        queue.add(accept(request));
      } catch {
        end(request, "refused", null);
      }
    }
  };
  const cancel = () => {
    for (const request of requests) {
      if (request.cancelledMs === null || request.cancelledMs > nowMs) continue;
      if (queue.remove(request.requestId)) leave(request);
      const index = slots.findIndex((slot) => slot?.request === request);
      if (index >= 0) free(index, "cancelled");
    }
  };
  const admit = () => {
    for (let index = slots.indexOf(null); index >= 0; index = slots.indexOf(null)) {
      const accepted = queue.takeNext(context);
      if (accepted === null) break;
      begin(index, accepted);
    }
    while (!slots.includes(null)) {
      const newcomer = queue.takeNewcomer(context);
      if (newcomer === null) break;
      const index = slots.findIndex((slot) => slot?.request.requestId === newcomer.paused);
      pause(index);
      begin(index, newcomer.request);
    }
    for (const { requestId, estimatedMs } of queue.takeChangedPositions())
      if (estimatedMs !== null && !firstTold.has(requestId)) firstTold.set(requestId, { atMs: nowMs, estimatedMs });
  };
  const step = () => {
    const sequences = slots.flatMap((one, sequence) => (one === null ? [] : [describeSequence(one, sequence)]));
    const isAnswering = sequences.some(({ promptTokensLeft }) => promptTokensLeft === 0);
    const room = isAnswering ? pace.besideAnswers() : pace.alone();
    const planned = planBatch({ nowMs, sequences, owed, batchTokens: machine.batchTokens, room });
    owed = planned.owed;
    const work = promptWork(sequences, planned.prompts);
    const generatedTokens = planned.generate.length;
    const ms = timeOf(machine, sequences, planned) * (1 + machine.noise * (2 * noise() - 1));
    pace.onStep({ ms, ...work, generatedTokens });
    onStep({
      startMs: nowMs,
      ms,
      sequences,
      planned,
      room,
      waiting: requests.filter(({ requestId }) => queue.has(requestId)),
      freeSequences: slots.filter((slot) => slot === null).length,
    });
    nowMs += ms;
    for (const { sequence, tokens } of planned.prompts) (slots[sequence] as Running).computed += tokens;
    const isLast = ({ sequence }: { sequence: number }) => {
      const one = slots[sequence] as Running;
      return one.computed >= one.toCompute;
    };
    for (const sequence of [...planned.generate, ...planned.prompts.filter(isLast).map((one) => one.sequence)]) {
      const one = slots[sequence] as Running;
      one.answered += 1;
      if (one.answered >= one.request.answerTokens) free(sequence, "done");
    }
  };

  for (;;) {
    arrive();
    cancel();
    admit();
    if (running().length > 0) step();
    else if (arrived < requests.length) nowMs = (requests[arrived] as SimulatedRequest).arrivesMs;
    else return { outcomes, told };
  }
}

function accept(request: SimulatedRequest): AcceptedRequest {
  const { requestId, userId, weight, lane, arrivesMs, promptTokens } = request;
  return {
    command: {
      type: "generate",
      requestId,
      prompt: [],
      sampling: {},
      maxOutputTokens: null,
      stop: [],
      userId,
      weight,
      lane,
      cacheScope: userId,
    },
    prompt: new Int32Array(promptTokens),
    sharedTokens: 0,
    settings: readSamplerSettings({}),
    context,
    arrivedMs: arrivesMs,
  };
}

function describeSequence({ request, toCompute, computed }: Running, sequence: number): PlannedSequence {
  const { userId, weight, lane, arrivesMs } = request;
  return {
    sequence,
    userId,
    weight,
    lane,
    arrivedMs: arrivesMs,
    promptTokensLeft: Math.max(0, toCompute - computed),
    length: computed,
  };
}

function describeRunning(one: Running, sequence: number, machine: SimulatedMachine): RunningRequest {
  const { request, computed, answered } = one;
  return {
    ...describeSequence(one, sequence),
    requestId: request.requestId,
    computedTokens: computed,
    completionTokens: answered,
    mostTokens: machine.tokensPerSequence - request.promptTokens,
  };
}

/** Without noise. */
function timeOf(machine: SimulatedMachine, sequences: readonly PlannedSequence[], planned: PlannedStep): number {
  const { stepMs, answerMs, tokenMs, tokenMsPerLength } = machine;
  const prompts = planned.prompts.map(({ sequence, tokens }) => {
    const { length = 0 } = sequences.find((one) => one.sequence === sequence) ?? {};
    return tokens * (tokenMs + tokenMsPerLength * (length + tokens / 2)) * (tokens < 65 && length >= 256 ? 1.5 : 1);
  });
  return stepMs + planned.generate.length * answerMs + prompts.reduce((sum, ms) => sum + ms, 0);
}
