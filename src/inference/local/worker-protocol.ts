// What the main process and an engine's child process say to each other over Node's IPC channel ("advanced"
// serialization). Versioned: a child of another version refuses to start. No database handle and no secret crosses it but
// the key of the model's own saved states.
import type { PrefixCachePlan } from "../cache/prefix-cache.ts";
import type { StateTags } from "../cache/state-name.ts";
import type { FinishReason, Sampling, TokenUsage } from "../model-call.ts";
import type { Token } from "../prompt-tools.ts";
import type { ErrorCode } from "../../contract/error-codes.ts";

export const workerProtocolVersion = 2;

/** KV cache element type: f16 takes 2 bytes an element, q8_0 34 bytes per 32 elements. */
export type KvType = "f16" | "q8_0";

/** One llama.cpp context over the loaded model; split KV gives every sequence the same room. */
export interface ContextPlan {
  readonly name: string;
  readonly sequences: number;
  readonly tokensPerSequence: number;
  readonly kvType: KvType;
  /** Tokens per llama_decode call at most. */
  readonly batchTokens: number;
  /** Made when the model loads, or when a request needs it and dropped again while idle. */
  readonly residency: "always" | "on-demand";
}

export interface LoadPlan {
  readonly modelFile: string;
  /** Folder with libllama and the CPU variants. */
  readonly libraryFolder: string;
  readonly threads: number;
  readonly contexts: readonly ContextPlan[];
  /** Prompt tokens per step while somebody else is generating, until the engine has measured how long they take. */
  readonly promptChunkTokens: number;
  /** Longest wait between two tokens of a running answer that prompts beside it may cause. */
  readonly targetGapMs: number;
  /** Answers that one user has at a time while others wait; null: half of what a context has. */
  readonly userSequences: number | null;
  /** Where states of sequences are kept; nowhere when left out. */
  readonly prefixCache?: PrefixCachePlan;
}

/** Part of a prompt. Special tokens are recognised only in `control` parts, so that typed text stays text. */
export interface PromptPart {
  readonly kind: "control" | "text";
  readonly text: string;
}

/** What an answer must follow, from its first token on or from a place in it. */
export interface AnswerGrammar {
  /** GBNF with the start `root`. */
  readonly text: string;
  /** Rules that the text names and leaves open: each is one special token, or its text where the model has none. */
  readonly marks?: Readonly<Record<string, string>>;
  /** Left out: it holds from the first token on. */
  readonly start?: GrammarStart;
}

/** Where a grammar begins to hold: behind the thinking, and behind the first of the marks if there are any. */
export interface GrammarStart {
  readonly thinking: { readonly open: string; readonly close: string; readonly isOpen: boolean } | null;
  readonly marks: readonly string[];
  /** The answer may not end before. */
  readonly isNeeded: boolean;
}

/** After so many tokens of thinking the engine writes its end. */
export interface ThinkingLimitWish {
  readonly tokens: number;
  /** Where the thinking has ended. */
  readonly end: GrammarStart;
  /** What the engine writes, special tokens as such. */
  readonly close: string;
}

export interface GenerateCommand {
  readonly type: "generate";
  readonly requestId: string;
  readonly prompt: readonly PromptPart[];
  readonly sampling: Sampling;
  readonly maxOutputTokens: number | null;
  readonly stop: readonly string[];
  readonly grammar?: AnswerGrammar;
  readonly thinkingLimit?: ThinkingLimitWish;
  /** By token id, added to its logit. */
  readonly logitBias?: Readonly<Record<string, number>>;
  /** Special tokens that come out as their text, because they part the answer; every other one stays unseen. */
  readonly shownMarks?: readonly string[];
  readonly userId: string;
  readonly lane: "interactive" | "api" | "batch";
  /** How much of the engine the user gets beside others; 1, the normal share, when left out. */
  readonly weight?: number | undefined;
  readonly cacheScope: string;
  /** What is saved of it is deleted with these; when left out, nothing is saved. */
  readonly cacheTags?: StateTags;
  /** The start of the prompt that others of another scope may reuse. */
  readonly shared?: SharedStart;
}

export interface SharedStart {
  readonly scope: string;
  /** Of the prompt, from its start. */
  readonly characters: number;
  /** What is saved of it is deleted with these; without them nothing is. */
  readonly tags: StateTags | undefined;
}

/** Answered by one event with its id, and no part of any step. */
export type WorkerQuestion =
  | {
      readonly type: "tokenize";
      readonly requestId: string;
      readonly prompt: readonly PromptPart[];
      /** The token that begins a text comes first, where the model has one. */
      readonly addBegin: boolean;
    }
  | { readonly type: "detokenize"; readonly requestId: string; readonly tokens: readonly number[] };

export type WorkerCommand =
  | { readonly type: "load"; readonly protocol: number; readonly plan: LoadPlan }
  | GenerateCommand
  | { readonly type: "cancel"; readonly requestId: string }
  | WorkerQuestion
  /** So many threads fewer compute, for the sake of long work beside the engine, until another number comes. */
  | { readonly type: "lend-cores"; readonly cores: number }
  /** Deletes what is saved with a tag; `forgotten` tells that it is gone. */
  | { readonly type: "forget"; readonly id: number; readonly tag: string }
  | { readonly type: "ping"; readonly id: number }
  | { readonly type: "shutdown" };

/** Plain numbers about the running engine, sent with every pong. */
export interface WorkerStats {
  readonly runningSequences: number;
  readonly waitingRequests: number;
  readonly steps: number;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly generatedTokens: number;
  readonly meanStepMs: number;
  readonly residentBytes: number;
}

/** What an answer took in the steps that computed nothing but its next token: the model's own speed on this machine. */
export interface StepsAlone {
  readonly tokens: number;
  readonly ms: number;
}

/** What one request's answer grew by in one engine step; whole characters only. */
export interface StepText {
  readonly requestId: string;
  readonly text: string;
  readonly tokens: number;
}

export type WorkerEvent =
  | { readonly type: "load-progress"; readonly percent: number }
  | {
      readonly type: "loaded";
      readonly contextTokens: number;
      readonly trainedContextTokens: number;
      readonly cpuVariant: string;
    }
  | { readonly type: "load-failed"; readonly problem: string }
  | {
      readonly type: "queue-position";
      readonly requestId: string;
      readonly position: number;
      readonly estimatedMs: number | null;
    }
  | {
      readonly type: "started";
      readonly requestId: string;
      readonly promptTokens: number;
      readonly cachedTokens: number;
    }
  /** One request's new text; part of the protocol, the engine itself sends `step`. */
  | { readonly type: "text"; readonly requestId: string; readonly text: string; readonly tokens: number }
  /** One message per engine step carries every running answer's new text. */
  | { readonly type: "step"; readonly texts: readonly StepText[] }
  | {
      readonly type: "ended";
      readonly requestId: string;
      readonly finishReason: FinishReason;
      readonly usage: TokenUsage;
      readonly alone: StepsAlone;
    }
  | { readonly type: "cancelled"; readonly requestId: string }
  | {
      readonly type: "failed";
      readonly requestId: string;
      readonly code: ErrorCode;
      readonly details: Readonly<Record<string, string | number>>;
    }
  | { readonly type: "tokens"; readonly requestId: string; readonly tokens: readonly Token[] }
  | { readonly type: "detokenized"; readonly requestId: string; readonly text: string }
  | { readonly type: "forgotten"; readonly id: number }
  | { readonly type: "pong"; readonly id: number; readonly stats: WorkerStats };
