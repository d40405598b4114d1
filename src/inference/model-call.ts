// The typed port for every model call. Everything above the engine and the providers speaks this and nothing else:
// a superset of what the public dialects can say. Shared code asks what a model can do, never who made it.

export type Role = "system" | "user" | "assistant" | "tool";

/** That a model asks for a tool. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** As the model wrote them: JSON, as a rule. */
  readonly arguments: string;
}

export interface ModelMessage {
  readonly role: Role;
  readonly content: string;
  /** What an assistant thought before it said this; whether a model is told again is its template's business. */
  readonly reasoning?: string;
  /** Name of the speaker, where a template or provider knows one. */
  readonly name?: string;
  /** Of an assistant that asked for tools. */
  readonly toolCalls?: readonly ToolCall[];
  /** Of a tool's result: the call that it answers. */
  readonly toolCallId?: string;
}

/** A tool that a model may ask for; whoever calls the model runs it. */
export interface ToolDefinition {
  readonly name: string;
  readonly description?: string | undefined;
  /** JSON Schema of its arguments; left out where it takes none. */
  readonly parameters?: unknown;
  /** The schema is enforced to the letter, or refused. */
  readonly strict: boolean;
}

export interface ToolChoice {
  readonly mode: "auto" | "none" | "required";
  /** The only ones that may be called; null where all may. */
  readonly names: readonly string[] | null;
}

export const reasoningEfforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const;
export type ReasoningEffort = (typeof reasoningEfforts)[number];

/** How much a model that thinks is to think before it speaks. */
export interface ReasoningWish {
  /** "none" switches it off where that can be had. */
  readonly effort?: ReasoningEffort;
  /** After so many tokens of thinking it is ended for the model, which then speaks. */
  readonly maxTokens?: number;
}

export interface Sampling {
  /** 0 means greedy. */
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly minP?: number;
  /** 1 means off; multiplies the logits of tokens already seen. */
  readonly repeatPenalty?: number;
  /** OpenAI's −2…2. */
  readonly presencePenalty?: number;
  /** OpenAI's −2…2. */
  readonly frequencyPenalty?: number;
  readonly seed?: number;
}

/** The form that an answer must have. */
export type ResponseFormat =
  | { readonly type: "json-object" }
  /** GBNF, llama.cpp's notation, with the start `root`. */
  | { readonly type: "grammar"; readonly grammar: string }
  | {
      readonly type: "json-schema";
      readonly name: string;
      readonly description?: string | undefined;
      readonly schema: unknown;
      /** OpenAI's rules for schemas hold as well. The schema is enforced either way. */
      readonly strict: boolean;
    };

/** Interactive people come before programs, programs before batch work. */
export type Lane = "interactive" | "api" | "batch";

export interface ModelCallRequest {
  readonly model: string;
  readonly messages: readonly ModelMessage[];
  readonly sampling?: Sampling;
  /** Upper bound of answer tokens; without it the answer may fill the context. */
  readonly maxOutputTokens?: number;
  /** At most 4; held back while they could still match, never emitted. */
  readonly stop?: readonly string[];
  readonly responseFormat?: ResponseFormat | undefined;
  readonly tools?: readonly ToolDefinition[] | undefined;
  /** "auto" with all tools when left out. */
  readonly toolChoice?: ToolChoice | undefined;
  /** False: one call at most. */
  readonly parallelToolCalls?: boolean | undefined;
  /** As the model's makers intend when left out. */
  readonly reasoning?: ReasoningWish | undefined;
  /** By token id; added to what the model thinks of it. */
  readonly logitBias?: Readonly<Record<string, number>> | undefined;
  /** The last message is an assistant's and is to be continued, not answered. */
  readonly continueLastMessage?: boolean;
  readonly lane: Lane;
  /** Whose share of the engine this uses. */
  readonly userId: string;
  /** How much of the engine that user gets beside others; 1, the normal share, when left out. */
  readonly weight?: number;
  /** Sequences are reused only between calls of the same scope, so that a hit tells nobody what another wrote. */
  readonly cacheScope: string;
  /**
   * Where what the leading system messages make of the prompt is reused, beyond `cacheScope`: by those who are told the same by
   * whoever wrote them. Nowhere when left out.
   */
  readonly sharedSystemScope?: string | undefined;
  /** What is saved of the call is deleted with this conversation, and with the user in any case. */
  readonly conversationId?: string;
  /** Aborting ends the call within one engine step; the iterator then throws the signal's reason. */
  readonly signal: AbortSignal;
}

export interface TokenUsage {
  readonly promptTokens: number;
  /** Of the prompt tokens, how many did not have to be computed. */
  readonly cachedTokens: number;
  readonly completionTokens: number;
  /** Of the completion tokens, how many were thought; left out where nobody has counted them. */
  readonly reasoningTokens?: number;
}

export type FinishReason = "stop" | "length" | "tool-calls";

export type ModelEvent =
  /** `position` 1 is next; `estimatedMs` is null while nothing has been measured. */
  | { readonly type: "queue-position"; readonly position: number; readonly estimatedMs: number | null }
  | { readonly type: "model-loading"; readonly percent: number }
  /** The request was admitted: all refusals that can be known before the first token are behind us. */
  | { readonly type: "call-start"; readonly promptTokens: number | null; readonly cachedTokens: number | null }
  /** Whole characters only; `tokens` is how many tokens this text took, null where that is not known. */
  | { readonly type: "text-delta"; readonly text: string; readonly tokens: number | null }
  /** The same of what a model thinks before it speaks, which is no part of its answer. */
  | { readonly type: "reasoning-delta"; readonly text: string; readonly tokens: number | null }
  /** A piece of a call of a tool; `call` is there on its first piece and null on all others, which bring more arguments. */
  | {
      readonly type: "tool-call-delta";
      readonly index: number;
      readonly call: { readonly id: string; readonly name: string } | null;
      readonly arguments: string;
      readonly tokens: number | null;
    }
  /** `usage` is null where a provider has not said it: unknown, which is not nothing. */
  | { readonly type: "call-end"; readonly finishReason: FinishReason; readonly usage: TokenUsage | null };

/** Where an answer is made: on this machine, or at a provider named so that people can read it. */
export type ModelOrigin = { readonly kind: "here" } | { readonly kind: "provider"; readonly name: string };

/** Where a model of this machine lies; `placeId` is what its place is forgotten by, null where it cannot be. */
export interface ModelPlaceDescription {
  readonly kind: "shipped" | "models-folder" | "folder" | "file" | "ollama" | "lm-studio" | "hugging-face";
  readonly path: string;
  readonly placeId: string | null;
}

export type ModelState =
  | { readonly status: "idle" }
  | { readonly status: "loading"; readonly percent: number }
  | { readonly status: "ready" }
  | { readonly status: "busy"; readonly running: number; readonly waiting: number }
  | { readonly status: "crashed"; readonly retryInMs: number }
  | {
      readonly status: "unavailable";
      readonly reason: string;
      /** The same, for a reader of another language. */
      readonly error?: { readonly code: string; readonly details: Record<string, string | number> } | undefined;
    };

export interface ModelDescription {
  readonly id: string;
  readonly name: string;
  readonly origin: ModelOrigin;
  /** Null for a model that is not on this machine. */
  readonly place: ModelPlaceDescription | null;
  /** Null where the provider does not say. */
  readonly contextTokens: number | null;
  /** Of the file; null for a model that is elsewhere. */
  readonly sizeBytes: number | null;
  /** Weights that are read to compute one token; null where nobody knows, and for a model that is elsewhere. */
  readonly bytesPerToken: number | null;
  readonly parameterCount: number | null;
  readonly quantization: string | null;
  readonly architecture: string | null;
  readonly licence: string | null;
  /** BCP 47 codes; empty when unknown. */
  readonly languages: readonly string[];
  /** The model that ships with the product, for trying out. */
  readonly isStarter: boolean;
  /** Milliseconds since 1970: the file's modification time, or when the model was added. */
  readonly createdAt: number;
  /** Of this machine; null for a model that is elsewhere. */
  readonly memory: { readonly neededBytes: number; readonly freeBytes: number; readonly fits: boolean } | null;
  readonly state: ModelState;
}

/**
 * Anything that can answer: the local engine today, providers later, the gateway around both.
 * `call` throws AppError (model_not_found, context_length_exceeded, queue_full, engine_crashed, ...), before or
 * between events; after `call-end` nothing follows.
 */
export interface ModelCaller {
  listModels(): Promise<readonly ModelDescription[]>;
  call(request: ModelCallRequest): AsyncIterable<ModelEvent>;
}

/** What was saved of calls, so that their prompts need not be computed again. */
export interface SavedStates {
  /** Deletes it for good. Never throws: what the disk refuses goes with its age. */
  forgetSaved(of: { readonly kind: "conversation" | "owner"; readonly id: string }): Promise<void>;
}
