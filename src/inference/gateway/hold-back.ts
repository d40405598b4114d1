// The last stage before text leaves the model: filters may hold back what they have not judged yet and change what they
// release. What was stored or sent has passed here; nothing is taken back later.
import type { ModelCallRequest, ModelEvent } from "../model-call.ts";

/** Sees one answer's text in order. Both functions return what may go out now; throwing ends the call. */
export interface TextFilter {
  push(text: string): string;
  /** The answer is complete: returns what was still held back. */
  end(): string;
}

/** Makes a filter for one call. */
export type TextFilterFactory = (request: ModelCallRequest) => TextFilter;

/** Runs the answer's text through the filters, in order; every other event passes at once and in its place. */
export async function* holdBack(
  events: AsyncIterable<ModelEvent>,
  filters: readonly TextFilter[],
): AsyncGenerator<ModelEvent, void, undefined> {
  if (filters.length === 0) {
    yield* events;
    return;
  }
  let heldTokens: number | null = 0;
  for await (const event of events) {
    if (event.type === "text-delta") {
      heldTokens = heldTokens === null || event.tokens === null ? null : heldTokens + event.tokens;
      const text = pushThrough(filters, event.text);
      if (text === "") continue;
      yield { type: "text-delta", text, tokens: heldTokens };
      heldTokens = 0;
    } else if (event.type === "call-end") {
      const text = endAll(filters);
      if (text !== "" || heldTokens !== 0) yield { type: "text-delta", text, tokens: heldTokens };
      yield event;
    } else yield event;
  }
}

function pushThrough(filters: readonly TextFilter[], text: string): string {
  return filters.reduce((released, filter) => (released === "" ? "" : filter.push(released)), text);
}

/** What one filter releases at its end is still new to the next. */
function endAll(filters: readonly TextFilter[]): string {
  return filters.reduce((released, filter) => (released === "" ? "" : filter.push(released)) + filter.end(), "");
}
