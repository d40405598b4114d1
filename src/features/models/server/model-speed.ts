// How fast a model answers on this machine: as measured, or reckoned from what another one was measured at. On a CPU a
// token takes as long as reading the weights that compute it, so a model that reads twice the bytes is half as fast.
import * as z from "zod/mini";
import type { ModelDescription } from "../../../inference/model-call.ts";
import type { ModelSpeed } from "../contract.ts";

/** Of the last answers of one model. */
export const SpeedRecord = z.object({
  modelId: z.string(),
  /** What one token read; tells when another file has come in the model's place. */
  bytesPerToken: z.nullable(z.number()),
  samples: z.array(z.object({ tokensPerSecond: z.number(), wordsPerToken: z.number() })),
});
export type SpeedRecord = z.infer<typeof SpeedRecord>;
export type SpeedSample = SpeedRecord["samples"][number];

const mostSamples = 15;
const mostModels = 20;
/** People read about four words of a plain text in a second; what comes slower is waited for. */
const readingWordsPerSecond = 4;
/** Of a model that is at most this part of another's size, the bytes are not nearly all that takes time. */
const muchSmaller = 0.5;
/** Measured: of eight times the starter's bytes, a model ran twice as fast as they alone would have it. */
const mostTimesFaster = 2;

type Measured = Pick<ModelDescription, "id" | "bytesPerToken">;

/** With one more answer of a model; the newest samples and the models that answered last are kept. */
export function addSample(records: readonly SpeedRecord[], model: Measured, sample: SpeedSample): SpeedRecord[] {
  const before = records.find((record) => isOf(record, model))?.samples ?? [];
  const { id: modelId, bytesPerToken } = model;
  const record = { modelId, bytesPerToken, samples: [...before, sample].slice(-mostSamples) };
  return [...records.filter((each) => each.modelId !== modelId), record].slice(-mostModels);
}

/** Null for what is elsewhere, does not fit, or cannot be told from anything that was measured. */
export function speedOf(
  model: Measured & Pick<ModelDescription, "memory">,
  records: readonly SpeedRecord[],
): ModelSpeed | null {
  if (model.memory?.fits !== true) return null;
  const own = records.find((record) => isOf(record, model));
  if (own !== undefined) return describeSpeed(medians(own), "measured");
  const { bytesPerToken } = model;
  const known = records.filter((record) => record.bytesPerToken !== null && record.bytesPerToken > 0);
  if (bytesPerToken === null || bytesPerToken <= 0 || known.length === 0) return null;
  // The nearest in size: the smaller a model, the more of its time goes elsewhere than into its bytes.
  const distance = ({ bytesPerToken: bytes }: SpeedRecord) => Math.abs(Math.log((bytes as number) / bytesPerToken));
  const nearest = known.toSorted((one, other) => distance(one) - distance(other))[0] as SpeedRecord;
  const { tokensPerSecond, wordsPerToken } = medians(nearest);
  const part = (nearest.bytesPerToken as number) / bytesPerToken;
  const basis = part <= muchSmaller ? "at-least" : "estimated";
  return describeSpeed({ tokensPerSecond: tokensPerSecond * part, wordsPerToken }, basis);
}

function isOf(record: SpeedRecord, { id, bytesPerToken }: Measured): boolean {
  return record.modelId === id && record.bytesPerToken === bytesPerToken && record.samples.length > 0;
}

function describeSpeed({ tokensPerSecond, wordsPerToken }: SpeedSample, basis: ModelSpeed["basis"]): ModelSpeed {
  const wordsPerSecond = tokensPerSecond * wordsPerToken;
  const atMost = basis === "at-least" ? wordsPerSecond * mostTimesFaster : wordsPerSecond;
  return { tokensPerSecond, wordsPerSecond, basis, isSlow: atMost < readingWordsPerSecond };
}

function medians({ samples }: SpeedRecord): SpeedSample {
  return {
    tokensPerSecond: median(samples.map(({ tokensPerSecond }) => tokensPerSecond)),
    wordsPerToken: median(samples.map(({ wordsPerToken }) => wordsPerToken)),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}
