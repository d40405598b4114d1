// Random workloads for the engine's scheduler, the same from the same seed: a machine, people, and what they ask when.
import type { Lane } from "../../src/inference/model-call.ts";
import { seededRandom } from "./seeded-random.ts";

export interface SimulatedMachine {
  readonly sequences: number;
  readonly tokensPerSequence: number;
  readonly batchTokens: number;
  readonly targetGapMs: number;
  readonly userSequences: number | null;
  readonly queueLimit: number;
  /** A step of answers, and so much more for each of them. */
  readonly stepMs: number;
  readonly answerMs: number;
  /** A prompt token, and so much more for each token before it. */
  readonly tokenMs: number;
  readonly tokenMsPerLength: number;
  /** Part by which a step takes more or less than that. */
  readonly noise: number;
}

export interface SimulatedRequest {
  readonly requestId: string;
  readonly userId: string;
  readonly weight: number;
  readonly lane: Lane;
  readonly arrivesMs: number;
  /** Null if it is never cancelled. */
  readonly cancelledMs: number | null;
  readonly promptTokens: number;
  /** Of the prompt, found in a cache when it starts. */
  readonly cachedTokens: number;
  readonly answerTokens: number;
}

export interface SimulatedWorkload {
  readonly seed: number;
  readonly machine: SimulatedMachine;
  /** In order of arrival. */
  readonly requests: readonly SimulatedRequest[];
}

export function randomWorkload(seed: number): SimulatedWorkload {
  const random = seededRandom(seed);
  const between = (least: number, most: number) => least + random() * (most - least);
  const whole = (least: number, most: number) => Math.floor(between(least, most + 1));
  const oneOf = <Choice>(choices: readonly Choice[]) => choices[whole(0, choices.length - 1)] as Choice;
  /** Short ones are frequent. */
  const size = (least: number, most: number) => Math.round(least * (most / least) ** random());

  const users = Array.from({ length: whole(1, 6) }, (_, index) => ({
    userId: `user-${index}`,
    weight: oneOf([1, 1, 1, 2, 3, 0.5]),
    lane: oneOf<Lane>(["interactive", "interactive", "api", "batch"]),
  }));
  const tokensPerSequence = oneOf([2048, 4096]);
  const machine: SimulatedMachine = {
    sequences: whole(1, 8),
    tokensPerSequence,
    batchTokens: oneOf([256, 512]),
    targetGapMs: whole(100, 500),
    userSequences: oneOf([null, null, 1, 3]),
    queueLimit: 64,
    stepMs: between(5, 60),
    answerMs: between(0, 5),
    tokenMs: between(0.2, 6),
    tokenMsPerLength: between(0, 0.002),
    noise: oneOf([0, 0.05, 0.15]),
  };
  const typicalAnswer = size(10, 300);
  const requests = Array.from({ length: whole(5, 40) }, (_, index): SimulatedRequest => {
    const user = oneOf(users);
    const promptTokens = size(4, tokensPerSequence * 0.8);
    const arrivesMs = oneOf([0, between(0, 5000), between(0, 60_000)]);
    return {
      requestId: `request-${index}`,
      userId: user.userId,
      weight: user.weight,
      lane: random() < 0.8 ? user.lane : oneOf<Lane>(["interactive", "api", "batch"]),
      arrivesMs,
      cancelledMs: random() < 0.15 ? arrivesMs + between(0, 30_000) : null,
      promptTokens,
      cachedTokens: random() < 0.3 ? whole(0, promptTokens - 1) : 0,
      answerTokens: Math.max(
        1,
        Math.min(Math.round(typicalAnswer * between(0.3, 1.7)), tokensPerSequence - promptTokens),
      ),
    };
  });
  return { seed, machine, requests: requests.toSorted((one, other) => one.arrivesMs - other.arrivesMs) };
}

/** A team at work for half an hour: more is asked than fits at once, by people alike, so that waits can be foreseen. */
export function officeWorkload(seed: number): SimulatedWorkload {
  const random = seededRandom(seed);
  const between = (least: number, most: number) => least + random() * (most - least);
  const machine: SimulatedMachine = {
    sequences: Math.round(between(2, 8)),
    tokensPerSequence: 2048,
    batchTokens: 512,
    targetGapMs: 270,
    userSequences: null,
    queueLimit: 64,
    stepMs: between(10, 40),
    answerMs: between(1, 4),
    tokenMs: between(0.5, 4),
    tokenMsPerLength: between(0, 0.001),
    noise: 0.1,
  };
  // By what an answer of 150 tokens and a prompt of 300 take, a little more is asked than is done.
  const stepMs = machine.stepMs + machine.answerMs * machine.sequences;
  const requestMs = (150 * stepMs) / machine.sequences + 300 * machine.tokenMs;
  let arrivesMs = 0;
  const requests = Array.from({ length: 200 }, (_, index): SimulatedRequest => {
    arrivesMs += -Math.log(1 - random()) * requestMs * between(0.8, 1.1);
    return {
      requestId: `request-${index}`,
      userId: `user-${Math.floor(between(0, 20))}`,
      weight: 1,
      lane: "interactive",
      arrivesMs,
      cancelledMs: null,
      promptTokens: Math.round(between(50, 550)),
      cachedTokens: 0,
      answerTokens: Math.round(between(50, 250)),
    };
  });
  return { seed, machine, requests };
}
