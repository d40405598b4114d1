// Eight people ask at once with one system prompt of 2,000 tokens: how long until each has a first token.
import { report } from "./support/claim.ts";
import { bestPeer, compare, ratios, shobarName, threads } from "./support/contenders.ts";
import { longPrompt, shortPrompt } from "./support/prompts.ts";
import type { Row } from "./support/result.ts";
import { type ChatTarget, streamCompletion } from "./support/stream-completion.ts";

const rounds = Number(process.env["SHOBAR_BENCH_ROUNDS"] ?? 3);
const users = 8;
const systemTokens = 1_850;
let promptTokens = 0;

async function lastFirstTokenMs(target: ChatTarget, round: number): Promise<number> {
  const system = longPrompt(round, systemTokens);
  const sentAt = performance.now();
  const streams = await Promise.all(
    Array.from({ length: users }, (_, user) =>
      streamCompletion(target, { system, text: shortPrompt(round * 100 + user), maxTokens: 8, user: `user-${user}` }),
    ),
  );
  promptTokens = streams[0]!.promptTokens;
  return Math.max(...streams.map(({ tokenTimes, endedAt }) => (tokenTimes[0] ?? endedAt) - sentAt));
}

const { measured, notes } = await compare(rounds, lastFirstTokenMs);
const peer = bestPeer(measured, "lower");
const rows: Row[] = [...measured].map(([name, values]) => ({ what: name, unit: "ms", rounds: values }));
if (peer) {
  const against = ratios(peer.rounds, measured.get(shobarName)!);
  rows.push({ what: `${peer.name} ÷ Shobar`, unit: "×", rounds: against, bar: { is: "at least", value: 4 } });
}
report({
  name: "shared-system-prompt",
  title: `${users} users with one long system prompt, all first tokens`,
  rows,
  notes: [
    ...notes,
    `The starter model, ${threads} threads; prompts of ${promptTokens} tokens with the template that differ in the last sentence, asked at once by ${users} end users of one program (\`user\`), none of them seen before.`,
    "From the first request to the last of the first tokens. The peer is the variant of llama-server with the shortest time.",
  ],
});
