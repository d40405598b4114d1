// What a chat of the demo is made of. The texts were written beforehand, for this; no model of this server made them.

/** What a person can look at, in the words in which the demo tells them where. */
export type ChatState =
  | "markdown, code, table, formula"
  | "being written"
  | "stopped"
  | "failed"
  | "interrupted"
  | "cut at its length"
  | "branches"
  | "long"
  | "fresh"
  | "renamed"
  | "some days old";

/** How an answer ended; `failed` carries the code of src/contract/error-codes.ts. */
export type Ending =
  | { readonly kind: "done" | "length" | "stopped" }
  | {
      readonly kind: "failed";
      readonly code: "context_length_exceeded" | "engine_crashed";
      readonly details: Record<string, number>;
    };

export interface DemoTurn {
  readonly question: string;
  /** Several: the first one and what a retry made, each a branch. */
  readonly answers: readonly string[];
  /** How the last of them ended. */
  readonly ending?: Ending;
  /** Asks anew beside the first message of the chat, as a person does who edits it. */
  readonly isEdit?: boolean;
}

export interface DemoChat {
  readonly shows: ChatState;
  readonly language: "en" | "bn";
  readonly minutesAgo: number;
  /** A name that a person gave it. */
  readonly title?: string;
  readonly turns: readonly DemoTurn[];
}

export const minutesOfDay = 24 * 60;
