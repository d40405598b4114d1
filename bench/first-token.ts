// The first token of one user with a prompt of about 30 tokens, against llama-server.
import { report } from "./support/claim.ts";
import type { Row } from "./support/result.ts";
import { bestPeer, compare, ratios, shobarName, threads } from "./support/contenders.ts";
import { shortPrompt } from "./support/prompts.ts";
import { medianOf } from "./support/statistics.ts";
import { type ChatTarget, streamCompletion } from "./support/stream-completion.ts";

const rounds = Number(process.env["SHOBAR_BENCH_ROUNDS"] ?? 3);
const questions = 20;
const warmUpQuestions = 3;
let promptTokens = 0;

async function firstTokenMs(target: ChatTarget, round: number): Promise<number> {
  const times: number[] = [];
  for (let question = 0; question < warmUpQuestions + questions; question++) {
    const text = shortPrompt(round * 100 + question);
    const stream = await streamCompletion(target, { system: "You are kind.", text, maxTokens: 8 });
    promptTokens = stream.promptTokens;
    if (question >= warmUpQuestions) {
      times.push(stream.tokenTimes[0]! - stream.sentAt);
    }
  }
  return medianOf(times);
}

const { measured, notes } = await compare(rounds, firstTokenMs);
const peer = bestPeer(measured, "lower");
const rows: Row[] = [...measured].map(([name, values]) => ({ what: name, unit: "ms", rounds: values }));
if (peer) {
  const against = ratios(measured.get(shobarName)!, peer.rounds);
  rows.push({ what: `Shobar ÷ ${peer.name}`, unit: "×", rounds: against, bar: { is: "at most", value: 1.2 } });
}
report({
  name: "first-token",
  title: "First token, one user, a prompt of about 30 tokens",
  rows,
  notes: [
    ...notes,
    `The starter model, ${threads} threads; each round is the median of ${questions} questions that differ (${promptTokens} prompt tokens with the template), each on a new connection.`,
    "From sending the request to the first piece of text; the same short system message every time, so both servers may reuse it.",
  ],
});
