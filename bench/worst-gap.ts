// How long three running streams stand still while a prompt of 1,700 tokens comes in, and how soon that prompt is
// answered: a server may not buy one with the other.
import { report } from "./support/claim.ts";
import type { Row } from "./support/result.ts";
import { bestPeer, compare, ratios, shobarName, threads } from "./support/contenders.ts";
import { longAnswerPrompt, longPrompt } from "./support/prompts.ts";
import { type ChatTarget, streamCompletion } from "./support/stream-completion.ts";

const rounds = Number(process.env["SHOBAR_BENCH_ROUNDS"] ?? 3);
const streams = 3;
const tokensBefore = 20;
const longPromptTokens = 1_700;
let promptTokens = 0;

interface Measured {
  readonly worstGapMs: number;
  readonly firstTokenMs: number;
}

async function measure(target: ChatTarget, round: number): Promise<Measured> {
  const controller = new AbortController();
  const { signal } = controller;
  const running = Promise.withResolvers<void>();
  const times: number[][] = Array.from({ length: streams }, () => []);
  const isRunning = (): boolean => times.every((list) => list.length >= tokensBefore);
  const streaming = times.map(async (list, user) => {
    const onToken = (at: number): void => {
      list.push(at);
      if (isRunning()) {
        running.resolve();
      }
    };
    // An answer may end early; a user who goes on asking keeps the load the same.
    for (let turn = 0; !signal.aborted; turn++) {
      await streamCompletion(
        target,
        { text: longAnswerPrompt(round, user, turn), maxTokens: 1_500 },
        { signal, onToken },
      );
    }
  });
  await Promise.race([running.promise, Promise.all(streaming)]);
  const long = await streamCompletion(target, { text: longPrompt(round, longPromptTokens), maxTokens: 2 });
  promptTokens = long.promptTokens;
  // A model may end its answer at once; then the end is what came first.
  const firstToken = long.tokenTimes[0] ?? performance.now();
  controller.abort();
  await Promise.all(streaming);
  return {
    worstGapMs: Math.max(...times.map((list) => worstGap(list, long.sentAt, firstToken))),
    firstTokenMs: firstToken - long.sentAt,
  };
}

/** The longest silence that overlaps the time from `from` to `until`; a stream that says nothing more counts until then. */
function worstGap(times: readonly number[], from: number, until: number): number {
  const before = times.filter((at) => at <= from).at(-1) ?? from;
  const edges = [before, ...times.filter((at) => at > from && at < until), until];
  return Math.max(...edges.slice(1).map((at, index) => at - edges[index]!));
}

const { measured, notes } = await compare(rounds, measure);
const gaps = new Map([...measured].map(([name, values]) => [name, values.map(({ worstGapMs }) => worstGapMs)]));
const firsts = new Map([...measured].map(([name, values]) => [name, values.map(({ firstTokenMs }) => firstTokenMs)]));
const rows: Row[] = [...measured.keys()].flatMap((name) => [
  { what: `${name}: worst gap`, unit: "ms", rounds: gaps.get(name)! },
  { what: `${name}: first token of the long prompt`, unit: "ms", rounds: firsts.get(name)! },
]);
const peer = bestPeer(gaps, "lower");
if (peer) {
  const bar = { is: "at most", value: 1 } as const;
  const gapRatios = ratios(gaps.get(shobarName)!, peer.rounds);
  const firstRatios = ratios(firsts.get(shobarName)!, firsts.get(peer.name)!);
  rows.push({ what: `worst gap, Shobar ÷ ${peer.name}`, unit: "×", rounds: gapRatios, bar });
  rows.push({ what: `first token of the long prompt, Shobar ÷ the same`, unit: "×", rounds: firstRatios, bar });
}
report({
  name: "worst-gap",
  title: `Worst gap of ${streams} running streams while a long prompt comes in`,
  rows,
  notes: [
    ...notes,
    `The starter model, ${threads} threads; the long prompt has ${promptTokens} tokens and is sent when each stream has had ${tokensBefore} tokens.`,
    "The gap is the longest silence of any stream between sending the long prompt and its first token.",
    "The peer is the variant of llama-server with the shortest gap.",
  ],
});
