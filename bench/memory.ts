// Memory of all processes together: without a model, and with the starter after all its sequences have worked; and how
// far the plan that the product made before loading was from the truth.
import { setTimeout as delay } from "node:timers/promises";
import { report } from "./support/claim.ts";
import type { Row } from "./support/result.ts";
import { longAnswerPrompt } from "./support/prompts.ts";
import { memoryOfTree, totalBytes } from "./support/process-memory.ts";
import { listModels, openShobar } from "./support/shobar.ts";
import { streamCompletion } from "./support/stream-completion.ts";

const rounds = Number(process.env["SHOBAR_BENCH_ROUNDS"] ?? 3);
const sequences = 8;
/** Until the memory of the start, which no later request needs, has been given back or not. */
const settleMs = 5_000;
const megabyte = 1_000_000;

const engineLayout = ["--sequences", String(sequences), "--context-tokens", "2048"];
const cases = [
  { name: "no model", flags: ["--no-starter"], limit: 170 },
  { name: "starter, 8 × 2,048, f16", flags: [...engineLayout, "--kv-type", "f16"], limit: 750 },
  { name: "starter, 8 × 2,048, q8_0", flags: [...engineLayout, "--kv-type", "q8_0"], limit: 600 },
] as const;

interface Measured {
  readonly total: number;
  readonly engine: number;
  readonly planned: number;
}

async function measure(flags: readonly string[]): Promise<Measured> {
  await using server = await openShobar({ flags });
  const hasModel = !flags.includes("--no-starter");
  if (hasModel) {
    const work = Array.from({ length: sequences }, (_, user) =>
      streamCompletion(server.target, { text: longAnswerPrompt(0, user, 0), maxTokens: 60 }),
    );
    await Promise.all(work);
  }
  await delay(settleMs);
  const processes = memoryOfTree(server.process.pid!);
  const engine = processes.filter(({ command }) => command.includes("engine-worker"));
  const planned = hasModel
    ? (await listModels(server.url, server.browser)).find(({ isDefault }) => isDefault)
    : undefined;
  return {
    total: totalBytes(processes) / megabyte,
    engine: totalBytes(engine) / megabyte,
    planned: (planned?.memory?.neededBytes ?? 0) / megabyte,
  };
}

const rows: Row[] = [];
for (const { name, flags, limit } of cases) {
  const measured: Measured[] = [];
  for (let round = 0; round < rounds; round++) {
    measured.push(await measure(flags));
  }
  rows.push({
    what: `${name}: all processes`,
    unit: "MB",
    rounds: measured.map(({ total }) => total),
    bar: { is: "at most", value: limit },
  });
  if (measured.some(({ planned }) => planned > 0)) {
    const errors = measured.map(({ planned, engine }) => (Math.abs(planned - engine) / engine) * 100);
    rows.push({ what: `${name}: the engine's process`, unit: "MB", rounds: measured.map(({ engine }) => engine) });
    rows.push({
      what: `${name}: planned for it before loading`,
      unit: "MB",
      rounds: measured.map(({ planned }) => planned),
    });
    rows.push({ what: `${name}: error of the plan`, unit: "%", rounds: errors, bar: { is: "at most", value: 10 } });
  }
}
report({
  name: "memory",
  title: "Memory of all processes (PSS)",
  rows,
  notes: [
    "1 MB is 1,000,000 bytes. PSS of the server and every process that it started, from /proc, with an owner signed in.",
    `With a model: after ${sequences} answers at the same time and ${settleMs / 1_000} s of rest.`,
  ],
});
