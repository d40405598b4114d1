// What must hold in every step of every workload. Fairness is counted here anew, from what was computed alone.
import type { Lane } from "../../src/inference/model-call.ts";
import { agedRank, type PlannedSequence } from "../../src/inference/local/plan-batch.ts";
import { chunkMs } from "../../src/inference/local/prompt-pace.ts";
import { randomWorkload, type SimulatedWorkload } from "./engine-workload.ts";
import { type Outcome, simulateEngine, type SimulatedStep, type Simulation } from "./simulate-engine.ts";

const laneRanks: Readonly<Record<Lane, number>> = { interactive: 0, api: 1, batch: 2 };
const ageingMs = 20_000;
/** One chunk that everybody may be away from their share: two tiles, or the largest that one prompt had of a step. */
const leastChunk = 129;
const smallestChunk = 32;

export interface CheckedRun extends Simulation {
  readonly faults: readonly string[];
  /** All that was planned, for comparing two runs. */
  readonly trace: readonly SimulatedStep[];
}

export function checkScheduling(seed: number): CheckedRun {
  const workload = randomWorkload(seed);
  const faults: string[] = [];
  const trace: SimulatedStep[] = [];
  const fairness = createFairnessCheck();
  const simulation = simulateEngine(workload, (step) => {
    const fault = (text: string) => faults.push(`seed ${seed}, at ${Math.round(step.startMs)} ms: ${text}`);
    checkBatch(step, workload, fault);
    checkRoom(step, fault);
    checkPlaces(step, workload, fault);
    fairness.check(step, fault);
    trace.push(step);
  });
  for (const outcome of simulation.outcomes) checkOutcome(outcome, (text) => faults.push(`seed ${seed}: ${text}`));
  if (simulation.outcomes.length !== workload.requests.length) faults.push(`seed ${seed}: a request never ended`);
  return { ...simulation, faults, trace };
}

type Fault = (text: string) => void;

function checkBatch(
  { sequences, planned, waiting, freeSequences }: SimulatedStep,
  { machine }: SimulatedWorkload,
  fault: Fault,
) {
  const { generate, prompts } = planned;
  const promptTokens = prompts.reduce((sum, { tokens }) => sum + tokens, 0);
  const answering = sequences.filter(({ promptTokensLeft }) => promptTokensLeft === 0);
  if (String(generate) !== String(answering.map(({ sequence }) => sequence))) fault("an answer got no token");
  if (generate.length + promptTokens > machine.batchTokens) fault("the batch is too large");
  if (new Set(prompts.map(({ sequence }) => sequence)).size < prompts.length) fault("a prompt is there twice");
  for (const { sequence, tokens } of prompts) {
    const { promptTokensLeft = 0 } = sequences.find((one) => one.sequence === sequence) ?? {};
    if (tokens < 1 || tokens > promptTokensLeft) fault(`${tokens} of ${promptTokensLeft} prompt tokens`);
  }
  if (waiting.length > 0 && freeSequences > 0) fault("a sequence is free while a request waits");
  if (answering.length < sequences.length && promptTokens === 0) fault("prompts wait and none comes on");
}

/** Nobody is without an answer while somebody of no better lane has more of them than one may have. */
function checkPlaces({ startMs, sequences, waiting }: SimulatedStep, { machine }: SimulatedWorkload, fault: Fault) {
  const most = machine.userSequences ?? Math.ceil(machine.sequences / 2);
  const users = Map.groupBy(sequences, ({ userId }) => userId);
  const beyond = sequences.filter(({ userId }) => (users.get(userId)?.length ?? 0) > most);
  for (const request of waiting.filter(({ userId }) => !users.has(userId))) {
    const rank = agedRank({ ...request, arrivedMs: request.arrivesMs }, startMs);
    const inTheWay = beyond.some((answer) => agedRank(answer, startMs) >= rank);
    if (inTheWay) fault(`${request.userId} has nothing and waits for somebody who has too much`);
  }
}

/** The room is held, and none is left that a prompt in the step could use. */
function checkRoom({ sequences, planned: { generate, prompts }, room }: SimulatedStep, fault: Fault) {
  const sequenceOf = (sequence: number) => sequences.find((one) => one.sequence === sequence) as PlannedSequence;
  const costOf = (chunks: typeof prompts) =>
    chunks.reduce((sum, { sequence, tokens }) => sum + chunkMs(tokens, sequenceOf(sequence).length, room), 0);
  const [only, another] = prompts;
  const isSmallest = only !== undefined && another === undefined && only.tokens <= smallestChunk;
  const expectedMs = costOf(prompts);
  if (expectedMs > room.roomMs + 1e-6 && !isSmallest)
    fault(`a step is expected to take ${expectedMs} ms of prompts, where ${room.roomMs} are left`);
  const batchTokens = generate.length + prompts.reduce((sum, { tokens }) => sum + tokens, 0);
  for (const chunk of prompts) {
    const rest = sequenceOf(chunk.sequence).promptTokensLeft - chunk.tokens;
    const more = Math.min(rest, 16);
    if (rest === 0 || batchTokens + more > 256) continue;
    const larger = prompts.map((one) => (one === chunk ? { ...one, tokens: one.tokens + more } : one));
    if (costOf(larger) < room.roomMs && chunk.tokens % 16 < 2)
      fault(`room for ${more} more prompt tokens is left empty`);
  }
}

/** Counts what each user with a waiting prompt is behind an ideal division of the same tokens. */
function createFairnessCheck() {
  const behind = new Map<string, number>();
  let chunk = leastChunk;
  return {
    check({ startMs, sequences, planned }: SimulatedStep, fault: Fault) {
      chunk = Math.max(chunk, ...planned.prompts.map(({ tokens }) => tokens));
      const prompts = sequences.filter(({ promptTokensLeft }) => promptTokensLeft > 0);
      const rank = ({ lane, arrivedMs }: PlannedSequence) =>
        Math.max(0, laneRanks[lane] - Math.floor((startMs - arrivedMs) / ageingMs));
      const best = Math.min(...prompts.map(rank));
      const rivals = Map.groupBy(
        prompts.filter((prompt) => rank(prompt) === best),
        ({ userId }) => userId,
      );
      const tokensOf = ({ sequence }: PlannedSequence) =>
        planned.prompts.find((one) => one.sequence === sequence)?.tokens ?? 0;
      const users = [...rivals].map(([userId, own]) => ({
        userId,
        weight: (own[0] as PlannedSequence).weight,
        wanted: own.reduce((sum, one) => sum + one.promptTokensLeft, 0),
        served: own.reduce((sum, one) => sum + tokensOf(one), 0),
      }));
      const total = users.reduce((sum, { served }) => sum + served, 0);
      const ideal = divide(total, users);
      const weights = users.reduce((sum, { weight }) => sum + weight, 0);
      for (const [userId, before] of behind) {
        if (rivals.has(userId)) continue;
        const isWaiting = prompts.some((prompt) => prompt.userId === userId);
        // Who left ahead of the others begins from there.
        const after = Math.min(before < 0 ? 0 : before, before + (before < 0 ? total / weights : 0));
        if (isWaiting || after < 0) behind.set(userId, after);
        else behind.delete(userId);
      }
      for (const { userId, wanted, served } of users) {
        const after = (behind.get(userId) ?? 0) + (ideal.get(userId) as number) - served;
        behind.set(userId, after);
        if (served === wanted) continue;
        if (users.length > 1 && Math.abs(after) > chunk) fault(`${userId} is ${after} tokens behind its share`);
      }
    },
  };
}

interface Wanting {
  readonly userId: string;
  readonly weight: number;
  readonly wanted: number;
}

/** By weight, where nobody gets more than they want and the others share the rest. */
function divide(total: number, users: readonly Wanting[]): Map<string, number> {
  const shares = new Map<string, number>();
  let [left, open] = [total, [...users]];
  for (;;) {
    const weights = open.reduce((sum, { weight }) => sum + weight, 0);
    const content = open.filter(({ wanted, weight }) => wanted <= (left * weight) / weights);
    if (content.length === 0) {
      for (const { userId, weight } of open) shares.set(userId, (left * weight) / weights);
      return shares;
    }
    for (const { userId, wanted } of content) shares.set(userId, wanted);
    left -= content.reduce((sum, { wanted }) => sum + wanted, 0);
    open = open.filter((user) => !content.includes(user));
    if (open.length === 0) return shares;
  }
}

function checkOutcome({ request, end, promptTokens, answerTokens }: Outcome, fault: Fault) {
  if (end === "cancelled" && request.cancelledMs === null) fault(`${request.requestId} was cancelled by nobody`);
  if (end === "done" && (promptTokens !== request.promptTokens || answerTokens !== request.answerTokens))
    fault(`${request.requestId} ended with ${promptTokens} and ${answerTokens} tokens`);
}
