// Prompts that begin alike and come at the same time: one computes the start, the others wait for it. And where a prompt
// stops for one look, because its shared start is to be saved alone.
import { commonStart } from "../cache/state-index.ts";
import type { AcceptedRequest, Answer } from "./answer.ts";
import { allowedTokens } from "./choose-sequence.ts";
import type { LlamaContext } from "./llama-context.ts";
import { laneRanks } from "./plan-batch.ts";
import { scopesOf, type SequencePlaces } from "./sequence-places.ts";

/** A start that is being computed, of which another prompt could have so many tokens. */
export interface ComingStart {
  readonly answer: Answer;
  readonly tokens: number;
}

/** A prompt that has come to the end of its shared start, and stops there for one look. */
export interface ReachedStart {
  readonly sequence: number;
  readonly request: AcceptedRequest;
}

export interface PromptStarts {
  /** Of the request's prompt, how many tokens the sequences hold. */
  cachedTokens(request: AcceptedRequest): number;
  /** What others compute now and gives it more than the sequences hold already. */
  coming(request: AcceptedRequest): ComingStart | null;
  /** Whether that is still being computed. */
  isComing(start: ComingStart): boolean;
  /** Each once. */
  takeReached(): readonly ReachedStart[];
}

export function createPromptStarts(context: LlamaContext, { records, choose }: SequencePlaces): PromptStarts {
  const cachedTokens = (request: AcceptedRequest) => choose(request.prompt, request)?.cachedTokens ?? 0;
  return {
    cachedTokens,
    coming(request) {
      const scopes = scopesOf(request);
      const starts = records.flatMap(({ answer }): ComingStart[] => {
        if (answer === null || answer.nextToken !== null || isLater(answer.request, request)) return [];
        const allowed = allowedTokens(scopesOf(answer.request), scopes);
        return [
          { answer, tokens: Math.min(allowed, commonStart(answer.prompt, request.prompt), request.prompt.length - 1) },
        ];
      });
      const longest = starts.sort((one, other) => other.tokens - one.tokens)[0];
      return longest !== undefined && longest.tokens > cachedTokens(request) ? longest : null;
    },
    isComing: ({ answer, tokens }) =>
      records.some(
        (record) => record.answer === answer && answer.nextToken === null && context.length(record.sequence) < tokens,
      ),
    takeReached: () =>
      records.flatMap((record) => {
        const { answer, sequence, stopsAt } = record;
        if (stopsAt === 0 || context.length(sequence) < stopsAt) return [];
        record.stopsAt = 0;
        return answer === null || context.length(sequence) > stopsAt ? [] : [{ sequence, request: answer.request }];
      }),
  };
}

/** Nobody waits for what comes after them. */
function isLater(one: AcceptedRequest, other: AcceptedRequest): boolean {
  return laneRanks[one.command.lane] > laneRanks[other.command.lane];
}
