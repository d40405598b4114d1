// Follows an answer while it is written: through reconnects, never twice and never with a gap. Knows nothing of React.
import type { RunEvent, Run } from "../contract.ts";

/** What a model has said and, before it, thought, and for how long. */
export interface SaidSoFar {
  readonly text: string;
  readonly reasoning: string;
  readonly reasoningMs: number;
}

const nothingSaid: SaidSoFar = { text: "", reasoning: "", reasoningMs: 0 };

export interface AnswerFollower {
  readonly onText: (said: SaidSoFar) => void;
  readonly onWait: (event: Extract<RunEvent, { type: "queue-position" | "model-loading" }>) => void;
  readonly onConnection: (isConnected: boolean) => void;
  readonly onEnd: (run: Run, said: SaidSoFar) => void;
  /** The server refuses: the answer is gone or belongs to someone else. */
  readonly onRefused: (problem: unknown) => void;
}

interface Source {
  /** Events after the given lengths of text and of thinking (UTF-16 units). */
  readonly open: (after: SaidSoFar, signal: AbortSignal) => AsyncIterable<{ id: string | null; event: RunEvent }>;
  readonly isOffline: (problem: unknown) => boolean;
  /** Resolves after about `ms`, or sooner when the network is back. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

const firstDelayMs = 300;
const longestDelayMs = 5000;

export async function followAnswer(source: Source, start: SaidSoFar, follower: AnswerFollower, signal: AbortSignal) {
  let said = start;
  let delayMs = firstDelayMs;
  while (!signal.aborted) {
    try {
      for await (const { id, event } of source.open(said, signal)) {
        if (signal.aborted) return;
        delayMs = firstDelayMs;
        follower.onConnection(true);
        if (event.type === "run-end") return follower.onEnd(event.run, said);
        if (event.type !== "text-delta" && event.type !== "reasoning-delta") {
          follower.onWait(event);
          continue;
        }
        said =
          event.type === "text-delta"
            ? { ...said, text: said.text + event.text }
            : { ...said, reasoning: said.reasoning + event.text, reasoningMs: event.ms };
        // The id is the length after this piece. Another length means that a piece is missing: start over.
        if (id !== null && id !== idOf(said)) {
          said = nothingSaid;
          break;
        }
        follower.onText(said);
      }
    } catch (problem) {
      if (signal.aborted) return;
      if (!source.isOffline(problem)) return follower.onRefused(problem);
    }
    if (signal.aborted) return;
    follower.onConnection(false);
    await source.wait(delayMs, signal);
    delayMs = Math.min(delayMs * 2, longestDelayMs);
  }
}

function idOf({ text, reasoning }: SaidSoFar): string {
  return reasoning === "" ? String(text.length) : `${text.length}-${reasoning.length}`;
}
