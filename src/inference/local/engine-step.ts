// One step of one context: fill the batch as planned, compute it, sample. If the library refuses a batch, its parts are
// computed one by one, so that only the sequences that cannot be computed fail.
import type { SequenceTable } from "./sequence-table.ts";
import type { PlannedBatch } from "./plan-batch.ts";

export interface SampledToken {
  readonly sequence: number;
  /** Null if the model's numbers were unusable, the library refused the sequence, or no token was left. */
  readonly token: number | null;
  /** Whether the response format left none to choose from. */
  readonly noneAllowed?: true;
}

export interface StepResult {
  readonly aborted: boolean;
  readonly sampled: readonly SampledToken[];
}

export async function runStep(table: SequenceTable, planned: PlannedBatch): Promise<StepResult> {
  const { context } = table;
  const sequences = [...planned.generate, ...planned.prompts.map(({ sequence }) => sequence)];
  const lengths = new Map(sequences.map((sequence) => [sequence, context.length(sequence)]));
  const rows = fillBatch(table, planned);
  const result = await context.decode();
  if (result === "aborted") {
    // What was added was not computed; what was there before may still be saved.
    for (const sequence of sequences) context.keepStart(sequence, lengths.get(sequence) as number);
    return { aborted: true, sampled: [] };
  }
  if (result === "ok") {
    return {
      aborted: false,
      sampled: rows.map(({ sequence, row }) => sample(table, sequence, row)),
    };
  }
  // The library keeps what it computed before it failed; every sequence goes back to where it was.
  const intact = sequences.filter((sequence) => context.keepStart(sequence, lengths.get(sequence) as number));
  const broken = sequences.filter((sequence) => !intact.includes(sequence)).map(failedToken);
  if (sequences.length === 1) return { aborted: false, sampled: sequences.map(failedToken) };
  const parts: SampledToken[] = [...broken];
  for (const part of splitBySequence(planned, intact)) {
    const alone = await runStep(table, part);
    if (alone.aborted) return alone;
    parts.push(...alone.sampled);
  }
  return { aborted: false, sampled: parts };
}

function fillBatch(table: SequenceTable, { generate, prompts }: PlannedBatch) {
  table.context.beginBatch();
  const rows: { sequence: number; row: number }[] = [];
  for (const sequence of generate) rows.push({ sequence, row: table.addGenerated(sequence) });
  for (const { sequence, tokens } of prompts) {
    const row = table.addPrompt(sequence, tokens);
    if (row !== null) rows.push({ sequence, row });
  }
  return rows;
}

function sample({ context, answerIn }: SequenceTable, sequence: number, row: number): SampledToken {
  const { sampler, chooser } = answerIn(sequence);
  if (chooser === null) return { sequence, token: context.sample(sampler, row) };
  const logits = context.logits(row);
  if (logits === null) return { sequence, token: null };
  const token = chooser.choose(logits);
  return token === null ? { sequence, token, noneAllowed: true } : { sequence, token };
}

function splitBySequence({ generate, prompts }: PlannedBatch, intact: readonly number[]): readonly PlannedBatch[] {
  return [
    ...generate.map((sequence) => ({ sequence, part: { generate: [sequence], prompts: [] } })),
    ...prompts.map((prompt) => ({ sequence: prompt.sequence, part: { generate: [], prompts: [prompt] } })),
  ]
    .filter(({ sequence }) => intact.includes(sequence))
    .map(({ part }) => part);
}

function failedToken(sequence: number): SampledToken {
  return { sequence, token: null };
}
