// What a model of this machine makes of text before it answers: its tokens, and the prompt that its template writes.
import type { ModelMessage } from "./model-call.ts";

export interface Token {
  readonly id: number;
  /** Its bytes as text of an answer; of a special token its name. They may be a part of a character. */
  readonly bytes: Uint8Array;
}

export interface TokenizeOptions {
  /** Special tokens are recognised in the text; else it is what somebody typed. */
  readonly parseSpecial: boolean;
  /** The token that begins a text comes first, where the model has one. */
  readonly addBegin: boolean;
}

/** Each throws what loading a model throws: model_not_found, model_too_large, engine_unavailable, ... */
export interface PromptTools {
  tokenize(modelId: string, text: string, options: TokenizeOptions): Promise<readonly Token[]>;
  /** Throws invalid_request for an id outside the vocabulary. */
  detokenize(modelId: string, tokens: readonly number[]): Promise<string>;
  /** Throws invalid_request where the template refuses the conversation. */
  renderPrompt(modelId: string, messages: readonly ModelMessage[]): Promise<string>;
}
