// How long requests will wait for a sequence: the engine's next minutes played through in large strides, from event to
// event (a prompt is computed, an answer ends, the next request starts). Pure.

/** An answer to be written, as far as anybody can know. */
export interface ExpectedWork {
  readonly promptTokens: number;
  readonly answerTokens: number;
}

export interface MeasuredSpeed {
  /** One step of answers, without a prompt. */
  readonly generateMs: number;
  readonly promptTokenMs: number;
  /** A step with a prompt beside answers; the answers come on by one token in it. */
  readonly mixedStepMs: number;
}

/** Milliseconds until each of `waiting`, in its order, gets one of the sequences. */
export function estimateWaits(
  running: readonly ExpectedWork[],
  waiting: readonly ExpectedWork[],
  sequences: number,
  speed: MeasuredSpeed,
): readonly number[] {
  const active = running.map((work) => ({ ...work }));
  const waits: number[] = [];
  let nowMs = 0;
  while (waits.length < waiting.length) {
    while (active.length < sequences && waits.length < waiting.length) {
      active.push({ ...(waiting[waits.length] as ExpectedWork) });
      waits.push(nowMs);
    }
    nowMs += advance(active, speed);
    for (let index = active.length - 1; index >= 0; index -= 1) {
      const { promptTokens, answerTokens } = active[index] as ExpectedWork;
      if (promptTokens <= 0 && answerTokens <= 0) active.splice(index, 1);
    }
  }
  return waits;
}

interface Active {
  promptTokens: number;
  answerTokens: number;
}

/** Up to the next event; returns how long that takes. */
function advance(active: readonly Active[], speed: MeasuredSpeed): number {
  const prompts = active.filter(({ promptTokens }) => promptTokens > 0);
  const answers = active.filter(({ promptTokens }) => promptTokens <= 0);
  const shortestAnswer = Math.max(1, Math.min(...answers.map(({ answerTokens }) => answerTokens)));
  if (prompts.length === 0) {
    for (const answer of answers) answer.answerTokens -= shortestAnswer;
    return shortestAnswer * speed.generateMs;
  }
  const shortestPrompt = Math.min(...prompts.map(({ promptTokens }) => promptTokens));
  // Prompts share the room of a step; answers come on by one token a step.
  const promptMs = shortestPrompt * prompts.length * speed.promptTokenMs;
  const roomMs = Math.max(1, speed.mixedStepMs - speed.generateMs);
  const steps = answers.length === 0 ? 0 : Math.min(Math.ceil(promptMs / roomMs), shortestAnswer);
  const part = answers.length === 0 ? 1 : Math.min(1, (steps * roomMs) / promptMs);
  for (const prompt of prompts)
    prompt.promptTokens =
      part === 1 ? prompt.promptTokens - shortestPrompt : prompt.promptTokens - shortestPrompt * part;
  for (const answer of answers) answer.answerTokens -= steps;
  return promptMs * part + steps * speed.generateMs;
}
