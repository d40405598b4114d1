// Tokens per second over HTTP with 8 users who stream all the time, against llama-server at its best.
import { report } from "./support/claim.ts";
import type { Row } from "./support/result.ts";
import { bestPeer, compare, ratios, shobarName, threads } from "./support/contenders.ts";
import { longAnswerPrompt } from "./support/prompts.ts";
import { type ChatTarget, streamCompletion, type StreamTimes } from "./support/stream-completion.ts";

const rounds = Number(process.env["SHOBAR_BENCH_ROUNDS"] ?? 3);
const users = 8;
const warmUpMs = 3_000;
const windowMs = 15_000;
const maxTokens = 300;

async function tokensPerSecond(target: ChatTarget, round: number): Promise<number> {
  const opensAt = performance.now() + warmUpMs;
  const closesAt = opensAt + windowMs;
  const streaming = Array.from({ length: users }, async (_, user) => {
    let tokens = 0;
    for (let turn = 0; performance.now() < closesAt; turn++) {
      // An answer that runs when the window closes goes on to its end, where its true number of tokens is told.
      const stream = await streamCompletion(target, { text: longAnswerPrompt(round, user, turn), maxTokens });
      tokens += tokensWithin(stream, opensAt, closesAt);
    }
    return tokens;
  });
  const tokens = await Promise.all(streaming);
  return tokens.reduce((sum, each) => sum + each, 0) / (windowMs / 1_000);
}

/** A piece of text may carry several tokens; each piece counts as its share of the answer's tokens. */
function tokensWithin({ tokenTimes, completionTokens }: StreamTimes, from: number, until: number): number {
  const pieces = tokenTimes.filter((at) => at >= from && at < until).length;
  return pieces === 0 ? 0 : (pieces * completionTokens) / tokenTimes.length;
}

const { measured, notes } = await compare(rounds, tokensPerSecond);
const peer = bestPeer(measured, "higher");
const rows: Row[] = [...measured].map(([name, values]) => ({ what: name, unit: "tokens/s", rounds: values }));
if (peer) {
  const against = ratios(measured.get(shobarName)!, peer.rounds);
  rows.push({ what: `Shobar ÷ ${peer.name}`, unit: "×", rounds: against, bar: { is: "at least", value: 1 } });
}
report({
  name: "throughput",
  title: `Tokens per second, ${users} streaming users`,
  rows,
  notes: [
    ...notes,
    `The starter model, ${threads} threads, temperature 0, at most ${maxTokens} tokens an answer, a new question as soon as one ends.`,
    `Counted: tokens that arrived within ${windowMs / 1_000} s after ${warmUpMs / 1_000} s of the same load; the client runs on the same cores.`,
    "llama-server is the same release, built for this very processor; the best of its variants is the peer.",
  ],
});
