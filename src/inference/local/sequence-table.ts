// The sequences of one context: who runs in them, and which tokens their caches hold. Requests start here (reusing the
// longest equal start) and end here (their tokens stay for the next turn of the same chat).
import type { SavedState } from "../cache/sealed-state.ts";
import type { AcceptedRequest, Answer } from "./answer.ts";
import type { LlamaContext } from "./llama-context.ts";
import type { PlannedSequence } from "./plan-batch.ts";
import { createPromptStarts, type PromptStarts } from "./prompt-starts.ts";
import { createSequencePlaces, type HeldTokens, type SequenceHooks, type SequenceRecord } from "./sequence-places.ts";

export interface SequenceTable extends PromptStarts {
  readonly context: LlamaContext;
  hasFree(): boolean;
  /** Nobody has a sequence, nor waits for one that is kept free. */
  isIdle(): boolean;
  running(): readonly Answer[];
  /** Gives the request a sequence; null if none is free. `makeAnswer` is told what need not be computed. */
  start(request: AcceptedRequest, makeAnswer: (cachedTokens: number) => Answer): Answer | null;
  /** Empties a sequence and keeps it free until `release`; null if none is free. */
  reserve(): number | null;
  release(sequence: number): void;
  /** Puts a saved state into an empty sequence, as if it had been computed there. */
  fill(sequence: number, state: SavedState): void;
  /** What could be saved. */
  held(): readonly HeldTokens[];
  setSaved(sequence: number, tokens: number): void;
  /** Whatever has the tag is no longer reused, nor saved. */
  forgetTag(tag: string): void;
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

export function createSequenceTable(context: LlamaContext, hooks: SequenceHooks): SequenceTable {
  const places = createSequencePlaces(context, hooks);
  const { records, recordOf, isTaken, use, empty } = places;
  const promptLeft = ({ sequence }: SequenceRecord, answer: Answer) =>
    answer.nextToken === null ? answer.prompt.length - context.length(sequence) : 0;
  const upToStop = ({ sequence, stopsAt }: SequenceRecord, tokens: number) =>
    stopsAt > context.length(sequence) ? Math.min(tokens, stopsAt - context.length(sequence)) : tokens;
  const add = (record: SequenceRecord, token: number, wantsLogits: boolean) => {
    record.tokens[context.length(record.sequence)] = token;
    return context.add(record.sequence, token, wantsLogits);
  };

  return {
    context,
    hasFree: () => !records.every(isTaken),
    isIdle: () => !records.some(isTaken),
    running: () => records.flatMap(({ answer }) => (answer === null ? [] : [answer])),
    start(request, makeAnswer) {
      const place = places.take(request.prompt, request);
      if (place === null) return null;
      return (place.record.answer = makeAnswer(place.cachedTokens));
    },
    ...createPromptStarts(context, places),
    reserve: () => places.reserve(),
    release: (sequence) => void (recordOf(sequence).isReserved = false),
    fill(sequence, { header, data }) {
      const record = recordOf(sequence);
      const { tokens, scope } = header;
      if (!context.writeState(sequence, data, tokens.length)) return;
      record.tokens.set(tokens);
      Object.assign(record, {
        scope,
        shared: { scope, tokens: tokens.length },
        tags: null,
        savedTokens: tokens.length,
      });
      use(record);
    },
    held: () => places.held(),
    setSaved: (sequence, tokens) => void (recordOf(sequence).savedTokens = tokens),
    forgetTag(tag) {
      for (const record of records.filter(({ tags }) => tags?.owner === tag || tags?.conversation === tag)) {
        record.tags = null;
        if (record.answer === null) empty(record);
      }
    },
    resume(answer) {
      const place = places.take(answer.prompt, answer.request);
      if (place === null) throw new RangeError("no sequence is free");
      place.record.answer = answer;
    },
    pause(requestId) {
      const record = records.find(({ answer }) => answer?.request.command.requestId === requestId);
      if (record === undefined) throw new RangeError(`no answer of ${requestId} runs`);
      const answer = places.takeOut(record);
      answer.pause(record.tokens.subarray(0, context.length(record.sequence)));
      return answer;
    },
    end: (sequence) => places.takeOut(recordOf(sequence)),
    forget: (sequence) => empty(recordOf(sequence)),
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
        const promptTokensLeft = upToStop(record, promptLeft(record, answer));
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
