// The first token of a chat of 2,000 tokens after the server was started anew, against llama-server as it is installed and
// with its slot saved and restored by hand.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { progress, report } from "./support/claim.ts";
import { bestPeer, ratios, shobarName, threads } from "./support/contenders.ts";
import { findLlamaServer, peerMissing, startLlamaServer } from "./support/llama-server.ts";
import { longPrompt, shortPrompt } from "./support/prompts.ts";
import type { Row } from "./support/result.ts";
import { openShobar } from "./support/shobar.ts";
import { type ChatTarget, streamCompletion } from "./support/stream-completion.ts";

const rounds = Number(process.env["SHOBAR_BENCH_ROUNDS"] ?? 3);
const chatTokens = 1_850;
const installed = "llama-server, as installed";
const byHand = "llama-server, slot saved and restored by hand";
let promptTokens = 0;

/** The chat before the restart, and its next question after it: all but the last sentence is the same. */
async function ask(target: ChatTarget, round: number, turn: number): Promise<number> {
  const system = longPrompt(round, chatTokens);
  const stream = await streamCompletion(target, { system, text: shortPrompt(round * 10 + turn), maxTokens: 8 });
  promptTokens = stream.promptTokens;
  return (stream.tokenTimes[0] ?? stream.endedAt) - stream.sentAt;
}

async function measureShobar(round: number): Promise<number> {
  const dataFolder = await mkdtemp(join(tmpdir(), "shobar-bench-"));
  const start = () => openShobar({ dataFolder, flags: ["--threads", String(threads)] });
  try {
    let target: ChatTarget;
    {
      await using server = await start();
      target = server.target;
      await ask(target, round, 0);
    }
    await using server = await start();
    // With the same key: what was asked with another is another's.
    return await ask({ ...target, url: server.url }, round, 1);
  } finally {
    await rm(dataFolder, { recursive: true, force: true });
  }
}

async function measurePeer(file: string, round: number): Promise<number> {
  const variant = { name: installed, flags: [] };
  {
    await using server = await startLlamaServer(file, variant, threads);
    await ask(server.target, round, 0);
  }
  await using server = await startLlamaServer(file, variant, threads);
  return await ask(server.target, round, 1);
}

async function measurePeerByHand(file: string, round: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "shobar-bench-slots-"));
  const variant = { name: byHand, flags: ["--slot-save-path", folder, "--parallel", "1", "-c", "4096"] };
  try {
    {
      await using server = await startLlamaServer(file, variant, threads);
      await ask(server.target, round, 0);
      await slot(server.target.url, "save");
    }
    await using server = await startLlamaServer(file, variant, threads);
    const startedAt = performance.now();
    await slot(server.target.url, "restore");
    return performance.now() - startedAt + (await ask(server.target, round, 1));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function slot(url: string, action: "save" | "restore"): Promise<void> {
  const response = await fetch(`${url}/slots/0?action=${action}`, {
    method: "POST",
    headers: { "content-type": "application/json", connection: "close" },
    body: JSON.stringify({ filename: "chat.bin" }),
  });
  const said = await response.text();
  if (!response.ok) {
    throw new Error(`${action}: ${response.status} ${said}`);
  }
}

const file = findLlamaServer();
const measured = new Map<string, number[]>([
  [shobarName, []],
  ...(file === null ? [] : ([installed, byHand] as const).map((name): [string, number[]] => [name, []])),
]);
const measure: Readonly<Record<string, (round: number) => Promise<number>>> = {
  [shobarName]: (round: number) => measureShobar(round),
  [installed]: (round: number) => measurePeer(file!, round),
  [byHand]: (round: number) => measurePeerByHand(file!, round),
};
for (let round = 0; round < rounds; round++) {
  const names = [...measured.keys()];
  const turn = round % names.length;
  for (const name of [...names.slice(turn), ...names.slice(0, turn)]) {
    const ms = await measure[name]!(round);
    measured.get(name)!.push(ms);
    progress(`round ${round + 1} of ${rounds}, ${name}: ${ms.toFixed(0)} ms`);
  }
}

const rows: Row[] = [...measured].map(([what, values]) => ({ what, unit: "ms", rounds: values }));
const best = bestPeer(measured, "lower");
if (best) {
  const ours = measured.get(shobarName)!;
  rows.push({
    what: `${installed} ÷ Shobar`,
    unit: "×",
    rounds: ratios(measured.get(installed)!, ours),
    bar: { is: "at least", value: 20 },
  });
  rows.push({
    what: `${best.name} ÷ Shobar`,
    unit: "×",
    rounds: ratios(best.rounds, ours),
    bar: { is: "at least", value: 1 },
  });
}
report({
  name: "restart-first-token",
  title: "First token of a long chat after a restart",
  rows,
  notes: [
    ...(file === null ? [peerMissing] : []),
    `The starter model, ${threads} threads; the chat has ${promptTokens} tokens with the template. Each server is started, asked, stopped and started again, and asked the next question once it is ready.`,
    "Shobar saves and restores by itself. By hand, the slot is saved before the stop (not counted) and restored before the question (counted).",
  ],
});
