// How fast a model reads and writes here, measured with the real engine: a few rounds of one question, none of which reuses
// what another has computed. What the engine measures of its answers goes into the speeds as with every answer.
import { randomUUID } from "node:crypto";
import type { ModelCaller } from "../../../inference/model-call.ts";

export interface BenchRound {
  readonly promptTokens: number;
  /** Null where it was over too soon to be measured. */
  readonly promptTokensPerSecond: number | null;
  readonly answerTokens: number;
  readonly answerTokensPerSecond: number | null;
}

export interface BenchParts {
  readonly caller: Pick<ModelCaller, "call">;
  /** Milliseconds, of a clock that never goes back. */
  readonly now: () => number;
}

const rounds = 3;
const answerTokens = 96;
const sentences = 40;
/** Fewer say more about the clock than about the model. */
const leastTokens = 8;

/** Throws what calling the model throws. */
export async function benchModel(
  parts: BenchParts,
  modelId: string,
  signal: AbortSignal,
  onRound: (round: BenchRound) => void,
): Promise<BenchRound> {
  const all: BenchRound[] = [];
  for (let number = 1; number <= rounds; number += 1) {
    const round = await measureRound(parts, modelId, signal);
    all.push(round);
    onRound(round);
  }
  const middle = (read: (round: BenchRound) => number | null): number | null => median(all.map(read));
  return {
    promptTokens: middle(({ promptTokens }) => promptTokens) ?? 0,
    promptTokensPerSecond: middle((round) => round.promptTokensPerSecond),
    answerTokens: middle((round) => round.answerTokens) ?? 0,
    answerTokensPerSecond: middle((round) => round.answerTokensPerSecond),
  };
}

async function measureRound({ caller, now }: BenchParts, modelId: string, signal: AbortSignal): Promise<BenchRound> {
  let promptTokens = 0;
  let startedAt = now();
  let firstAt: number | null = null;
  let lastAt = 0;
  let first = 0;
  let total = 0;
  const events = caller.call({
    model: modelId,
    messages: [{ role: "user", content: question() }],
    sampling: { temperature: 0 },
    maxOutputTokens: answerTokens,
    lane: "interactive",
    userId: "command-line",
    cacheScope: randomUUID(),
    signal,
  });
  for await (const event of events) {
    if (event.type === "call-start") {
      startedAt = now();
      promptTokens = (event.promptTokens ?? 0) - (event.cachedTokens ?? 0);
    }
    if (event.type !== "text-delta" && event.type !== "reasoning-delta") continue;
    lastAt = now();
    total += event.tokens ?? 0;
    if (firstAt !== null) continue;
    firstAt = lastAt;
    first = total;
  }
  return {
    promptTokens,
    promptTokensPerSecond: firstAt === null ? null : perSecond(promptTokens, firstAt - startedAt),
    answerTokens: total,
    answerTokensPerSecond: firstAt === null ? null : perSecond(total - first, lastAt - firstAt),
  };
}

/** About five hundred tokens, of which no two sentences are the same. */
function question(): string {
  const lines = Array.from(
    { length: sentences },
    (_, index) =>
      `Day ${index + 1}: ${index * 7 + 3} people came and ${index * 3 + 1} of them stayed until the evening.`,
  );
  return `${lines.join("\n")}\nTell the story of these days in many sentences.`;
}

function perSecond(tokens: number, ms: number): number | null {
  return tokens < leastTokens || ms <= 0 ? null : (1000 * tokens) / ms;
}

function median(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null).toSorted((one, other) => one - other);
  return known[Math.floor(known.length / 2)] ?? null;
}
