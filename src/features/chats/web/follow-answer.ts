// Follows an answer while it is written: through reconnects, never twice and never with a gap. Knows nothing of React.
import type { RunEvent, Run } from "../contract.ts";

export interface AnswerFollower {
  readonly onText: (text: string) => void;
  readonly onWait: (event: Extract<RunEvent, { type: "queue-position" | "model-loading" }>) => void;
  readonly onConnection: (isConnected: boolean) => void;
  readonly onEnd: (run: Run, text: string) => void;
  /** The server refuses: the answer is gone or belongs to someone else. */
  readonly onRefused: (problem: unknown) => void;
}

interface Source {
  /** Events after the given length of text (UTF-16 units). */
  readonly open: (after: number, signal: AbortSignal) => AsyncIterable<{ id: string | null; event: RunEvent }>;
  readonly isOffline: (problem: unknown) => boolean;
  /** Resolves after about `ms`, or sooner when the network is back. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

const firstDelayMs = 300;
const longestDelayMs = 5000;

export async function followAnswer(source: Source, start: string, follower: AnswerFollower, signal: AbortSignal) {
  let text = start;
  let delayMs = firstDelayMs;
  while (!signal.aborted) {
    try {
      for await (const { id, event } of source.open(text.length, signal)) {
        if (signal.aborted) return;
        delayMs = firstDelayMs;
        follower.onConnection(true);
        if (event.type === "run-end") return follower.onEnd(event.run, text);
        if (event.type !== "text-delta") {
          follower.onWait(event);
          continue;
        }
        text += event.text;
        // The id is the length after this piece. Another length means that a piece is missing: start over.
        if (id !== null && Number(id) !== text.length) {
          text = "";
          break;
        }
        follower.onText(text);
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
