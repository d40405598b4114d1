// How long a person waits for the first token who asks once, while another person's 20 requests are there already: some
// being answered, the others waiting. Against the same question asked of an idle server.
import { report } from "./support/claim.ts";
import type { Row } from "./support/result.ts";
import { bestPeer, compare, ratios, type RunningContender, shobarName, threads } from "./support/contenders.ts";
import { peerVariants } from "./support/llama-server.ts";
import { longAnswerPrompt, longPrompt } from "./support/prompts.ts";
import { medianOf } from "./support/statistics.ts";
import { type ChatTarget, streamCompletion } from "./support/stream-completion.ts";

const rounds = Number(process.env["SHOBAR_BENCH_ROUNDS"] ?? 3);
const requests = 20;
const answerTokens = 150;
const questionTokens = 300;
const questions = 3;
/** Of each running answer, before the other person asks. */
const tokensBefore = 10;
/** What a prompt may add to a step, by the product's own setting. */
const chunkMs = 270;
let promptTokens = 0;

interface Measured {
  readonly aloneMs: number;
  readonly besideMs: number;
}

async function measure(target: ChatTarget, round: number, running: RunningContender): Promise<Measured> {
  const another = (await running.asAnother?.()) ?? target;
  const ask = async (number: number): Promise<number> => {
    const text = longPrompt(round * 100 + number, questionTokens);
    const stream = await streamCompletion(another, { text, maxTokens: 2 });
    promptTokens = stream.promptTokens;
    return (stream.tokenTimes[0] ?? stream.endedAt) - stream.sentAt;
  };
  const alone: number[] = [];
  for (let number = 0; number <= questions; number++) alone.push(await ask(number));
  const controller = new AbortController();
  const { signal } = controller;
  const begun = Promise.withResolvers<void>();
  const all = Array.from({ length: requests }, (_, request) =>
    streamCompletion(
      target,
      { text: longAnswerPrompt(round, request, 0), maxTokens: answerTokens },
      { signal, onToken: (_at, count) => count >= tokensBefore && begun.resolve() },
    ),
  );
  await Promise.race([begun.promise, Promise.all(all)]);
  const besideMs = await ask(questions + 1);
  controller.abort();
  await Promise.all(all);
  // The first question of a fresh server pays for more than itself.
  return { aloneMs: medianOf(alone.slice(1)), besideMs };
}

// The batch size changes nothing about who comes first.
const { measured, notes } = await compare(rounds, measure, peerVariants.slice(0, 2));
const besideOf = ([name, values]: [string, readonly Measured[]]): [string, number[]] => [
  name,
  values.map(({ besideMs }) => besideMs),
];
const beside = new Map([...measured].map(besideOf));
const rows: Row[] = [...measured].flatMap(([name, values]) => [
  { what: `${name}: alone`, unit: "ms", rounds: values.map(({ aloneMs }) => aloneMs) },
  { what: `${name}: beside 20 requests`, unit: "ms", rounds: values.map(({ besideMs }) => besideMs) },
]);
rows.push({
  what: "Shobar: beside them ÷ (1.3 × alone + one chunk)",
  unit: "×",
  rounds: measured.get(shobarName)!.map(({ aloneMs, besideMs }) => besideMs / (1.3 * aloneMs + chunkMs)),
  bar: { is: "at most", value: 1 },
});
const peer = bestPeer(beside, "lower");
if (peer) {
  rows.push({
    what: `beside them, Shobar ÷ ${peer.name}`,
    unit: "×",
    rounds: ratios(beside.get(shobarName)!, peer.rounds),
  });
}
report({
  name: "fair-wait",
  title: `First token of one request behind ${requests} of another person`,
  rows,
  notes: [
    ...notes,
    `The starter model, ${threads} threads; the one request has ${promptTokens} prompt tokens, the others answer up to ${answerTokens} tokens each and come first.`,
    `It is sent when one of the others has had ${tokensBefore} tokens. In Shobar two members with a key each; llama-server knows no users.`,
    `One chunk is what a prompt may add to a step: ${chunkMs} ms, the default of \`--target-gap-ms\`.`,
  ],
});
