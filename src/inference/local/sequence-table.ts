// The sequences of one context: who runs in them, and which tokens their caches hold. Requests start here (reusing the
// longest equal start) and end here (their tokens stay for the next turn of the same chat).
import type { AcceptedRequest, Answer } from "./answer.ts";
import { type CachedSequence, chooseSequence } from "./choose-sequence.ts";
import type { LlamaContext } from "./llama-context.ts";
import type { PlannedSequence } from "./plan-batch.ts";

interface SequenceRecord {
  readonly sequence: number;
  /** As many as the context says that the sequence has are valid. */
  readonly tokens: Int32Array;
  scope: string | null;
  lastUsed: number;
  answer: Answer | null;
}

export interface SequenceTable {
  readonly context: LlamaContext;
  hasFree(): boolean;
  running(): readonly Answer[];
  /** Gives the request a sequence; null if none is free. `makeAnswer` is told what need not be computed. */
  start(request: AcceptedRequest, makeAnswer: (cachedTokens: number) => Answer): Answer | null;
  /** Gives a paused answer a sequence again; a sequence is free. */
  resume(answer: Answer): void;
  /** Takes the sequence from the answer of a request, which goes on later. */
  pause(requestId: string): Answer;
  /** Takes out the answer that has ended; its tokens stay reusable. */
  end(sequence: number): Answer;
  /** Empties a sequence whose cache cannot be trusted. */
  forget(sequence: number): void;
  answerIn(sequence: number): Answer;
  planned(): readonly PlannedSequence[];
  /** Adds the next `count` prompt tokens to the batch; the row of the last one if that ends the prompt, else null. */
  addPrompt(sequence: number, count: number): number | null;
  addGenerated(sequence: number): number;
}

export function createSequenceTable(context: LlamaContext): SequenceTable {
  const records: readonly SequenceRecord[] = Array.from({ length: context.sequences }, (_, sequence) => ({
    sequence,
    tokens: new Int32Array(context.tokensPerSequence),
    scope: null,
    lastUsed: 0,
    answer: null,
  }));
  let uses = 0;
  const recordOf = (sequence: number) => records[sequence] as SequenceRecord;
  const promptLeft = ({ sequence }: SequenceRecord, answer: Answer) =>
    answer.nextToken === null ? answer.prompt.length - context.length(sequence) : 0;
  const add = (record: SequenceRecord, token: number, wantsLogits: boolean) => {
    record.tokens[context.length(record.sequence)] = token;
    return context.add(record.sequence, token, wantsLogits);
  };
  const takeOut = (record: SequenceRecord) => {
    const { answer, sequence } = record;
    if (answer === null) throw new RangeError(`nothing runs in sequence ${sequence}`);
    record.answer = null;
    record.lastUsed = uses += 1;
    return answer;
  };
  /** The sequence for a prompt, with its longest known start in it; null if none is free. */
  const takePlace = (prompt: Int32Array, scope: string) => {
    const cached: CachedSequence[] = records.map(({ sequence, scope: own, tokens, lastUsed, answer }) => ({
      sequence,
      running: answer !== null,
      scope: own,
      tokens: tokens.subarray(0, context.length(sequence)),
      lastUsed,
    }));
    const choice = chooseSequence(cached, prompt, scope, context.tokensPerSequence);
    if (choice === null) return null;
    const { sequence, copyFrom } = choice;
    const record = recordOf(sequence);
    const isKept =
      copyFrom === null
        ? context.keepStart(sequence, choice.cachedTokens)
        : context.copyStart(copyFrom, sequence, choice.cachedTokens);
    const cachedTokens = isKept ? choice.cachedTokens : 0;
    record.tokens.set(prompt.subarray(0, cachedTokens));
    record.scope = scope;
    record.lastUsed = uses += 1;
    return { record, cachedTokens };
  };

  return {
    context,
    hasFree: () => records.some(({ answer }) => answer === null),
    running: () => records.flatMap(({ answer }) => (answer === null ? [] : [answer])),
    start(request, makeAnswer) {
      const place = takePlace(request.prompt, request.command.cacheScope);
      if (place === null) return null;
      return (place.record.answer = makeAnswer(place.cachedTokens));
    },
    resume(answer) {
      const place = takePlace(answer.prompt, answer.request.command.cacheScope);
      if (place === null) throw new RangeError("no sequence is free");
      place.record.answer = answer;
    },
    pause(requestId) {
      const record = records.find(({ answer }) => answer?.request.command.requestId === requestId);
      if (record === undefined) throw new RangeError(`no answer of ${requestId} runs`);
      const answer = takeOut(record);
      answer.pause(record.tokens.subarray(0, context.length(record.sequence)));
      return answer;
    },
    end: (sequence) => takeOut(recordOf(sequence)),
    forget(sequence) {
      context.keepStart(sequence, 0);
      recordOf(sequence).scope = null;
    },
    answerIn(sequence) {
      const { answer } = recordOf(sequence);
      if (answer === null) throw new RangeError(`nothing runs in sequence ${sequence}`);
      return answer;
    },
    planned: () =>
      records.flatMap((record) => {
        const { answer, sequence } = record;
        if (answer === null) return [];
        const { command, arrivedMs } = answer.request;
        const promptTokensLeft = promptLeft(record, answer);
        const { userId, lane, weight = 1 } = command;
        return [{ sequence, userId, weight, lane, arrivedMs, promptTokensLeft, length: context.length(sequence) }];
      }),
    addPrompt(sequence, count) {
      const record = recordOf(sequence);
      const { prompt } = this.answerIn(sequence);
      let row: number | null = null;
      for (let added = 0; added < count; added += 1) {
        const position = context.length(sequence);
        const isLast = position === prompt.length - 1;
        const at = add(record, prompt[position] as number, isLast);
        row = isLast ? at : null;
      }
      return row;
    },
    addGenerated(sequence) {
      const { nextToken } = this.answerIn(sequence);
      if (nextToken === null) throw new RangeError(`sequence ${sequence} has no token to compute`);
      return add(recordOf(sequence), nextToken, true);
    },
  };
}
