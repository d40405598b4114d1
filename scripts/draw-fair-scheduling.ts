// Draws docs/fair-scheduling.svg, one simulated run of the engine's scheduler: `node scripts/draw-fair-scheduling.ts`.
import { writeFileSync } from "node:fs";
import path from "node:path";
import type { SimulatedRequest, SimulatedWorkload } from "../tests/support/engine-workload.ts";
import { simulateEngine } from "../tests/support/simulate-engine.ts";

const people = [
  { userId: "ana", weight: 1, color: "#0a7d5c", says: "ana: 6 prompts at once" },
  { userId: "ben", weight: 1, color: "#3559c7", says: "ben: 3 prompts, 3 s later" },
  { userId: "cem", weight: 2, color: "#b4470f", says: "cem: 3 prompts, 3 s later, of weight 2" },
] as const;
const [width, height, left, top, bottom] = [720, 360, 60, 24, 44];

export function drawFairScheduling(): string {
  const points = servedOverTime();
  const endMs = points.at(-1)?.atMs ?? 1;
  const most = Math.max(...people.map(({ userId }) => points.at(-1)?.served.get(userId) ?? 0));
  const x = (ms: number) => (left + (ms / endMs) * (width - left - 16)).toFixed(1);
  const y = (tokens: number) => (height - bottom - (tokens / most) * (height - top - bottom)).toFixed(1);
  const lines = people.map(({ userId, color }) => {
    const corners = points.map(({ atMs, served }) => `${x(atMs)},${y(served.get(userId) ?? 0)}`).join(" ");
    return `<polyline points="${corners}" fill="none" stroke="${color}" stroke-width="2.5"/>`;
  });
  const names = people.map(
    ({ says, color }, index) => `<text x="${left + 16}" y="${top + 16 + index * 20}" fill="${color}">${says}</text>`,
  );
  const seconds = Array.from({ length: Math.floor(endMs / 10_000) + 1 }, (_, index) => index * 10);
  const marks = seconds.map(
    (second) => `<text x="${x(second * 1000)}" y="${height - bottom + 18}" text-anchor="middle">${second} s</text>`,
  );
  const thousands = Array.from({ length: Math.floor(most / 2000) + 1 }, (_, index) => index * 2000);
  const levels = thousands.map(
    (tokens) =>
      `<text x="${left - 8}" y="${Number(y(tokens)) + 4}" text-anchor="end">${tokens}</text>` +
      `<path d="M${left} ${y(tokens)}H${width - 16}" stroke="#8884"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13" fill="#777">`,
    "<title>Prompt tokens computed for three people over time, in simulated time</title>",
    ...levels,
    ...marks,
    ...lines,
    ...names,
    `<text x="${left}" y="${height - 6}">prompt tokens computed for each, over time</text>`,
    "</svg>",
    "",
  ].join("\n");
}

/** A point every half second. */
function servedOverTime() {
  const served = new Map<string, number>();
  const points = [{ atMs: 0, served: new Map(served) }];
  simulateEngine(workload(), ({ startMs, ms, sequences, planned }) => {
    for (const { sequence, tokens } of planned.prompts) {
      const { userId = "" } = sequences.find((one) => one.sequence === sequence) ?? {};
      served.set(userId, (served.get(userId) ?? 0) + tokens);
    }
    const atMs = startMs + ms;
    if (atMs - (points.at(-1)?.atMs ?? 0) >= 500) points.push({ atMs, served: new Map(served) });
  });
  return points;
}

function workload(): SimulatedWorkload {
  const requests = people.flatMap(({ userId, weight }) =>
    Array.from({ length: userId === "ana" ? 6 : 3 }, (_, index): SimulatedRequest => ({
      requestId: `${userId}-${index}`,
      userId,
      weight,
      lane: "interactive",
      arrivesMs: userId === "ana" ? 0 : 3000,
      cancelledMs: null,
      promptTokens: 1500,
      cachedTokens: 0,
      answerTokens: 40,
    })),
  );
  const machine = {
    sequences: 12,
    tokensPerSequence: 2048,
    batchTokens: 512,
    targetGapMs: 270,
    userSequences: null,
    queueLimit: 64,
    stepMs: 20,
    answerMs: 2,
    tokenMs: 2.5,
    tokenMsPerLength: 0.0008,
    noise: 0,
  };
  return { seed: 1, machine, requests };
}

if (import.meta.main) {
  writeFileSync(path.join(import.meta.dirname, "..", "docs", "fair-scheduling.svg"), drawFairScheduling());
}
