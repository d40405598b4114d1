import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { call } from "../../../ui/call.ts";
import { isOffline, ServerProblem } from "../../../ui/server-problem.ts";
import { waitForNetwork } from "../../../ui/wait-for-network.ts";
import { followRun, type Message, type Run, type RunEvent } from "../contract.ts";
import { messagesKey, type Pages, withMessagePatch, withSaidSoFar } from "./chat-cache.ts";
import { followAnswer, type SaidSoFar } from "./follow-answer.ts";
import { createPacedDraws } from "./paced-draws.ts";

export type AnswerWait = Extract<RunEvent, { type: "queue-position" | "model-loading" }>;

export interface LiveAnswer extends SaidSoFar {
  readonly wait: AnswerWait | null;
  readonly isConnected: boolean;
}

export function isActive(run: Run | null): run is Run {
  return run !== null && (run.status === "queued" || run.status === "running");
}

/** An answer while it is written, and what was thought for it. */
export function useLiveAnswer(message: Message): LiveAnswer {
  const client = useQueryClient();
  const [live, setLive] = useState<LiveAnswer | null>(null);
  const runId = isActive(message.run) ? message.run.id : null;
  const { text, reasoning, reasoningMs } = message;
  const start = useRef<SaidSoFar>({ text, reasoning, reasoningMs });
  useEffect(() => {
    start.current = { text, reasoning, reasoningMs };
  }, [text, reasoning, reasoningMs]);
  useEffect(() => {
    if (runId === null) return;
    const stop = new AbortController();
    const draws = createPacedDraws<LiveAnswer>({ ...start.current, wait: null, isConnected: true }, setLive);
    const key = messagesKey(message.chatId);
    const change = (make: (pages: Pages<Message>) => Pages<Message>) =>
      client.setQueryData<Pages<Message>>(key, (pages) => pages && make(pages));
    const refresh = () => void client.invalidateQueries({ queryKey: key });
    const open = (after: SaidSoFar, signal: AbortSignal) => {
      const query = { after: after.text.length, afterReasoning: after.reasoning.length };
      return call(followRun, { params: { runId }, query, signal });
    };
    const follower = {
      onText: (said: SaidSoFar) => draws.change({ ...said, wait: null }),
      onWait: (wait: AnswerWait) => draws.change({ wait }),
      onConnection: (isConnected: boolean) => draws.change({ isConnected }),
      onEnd: (run: Run, said: SaidSoFar) => {
        change((pages) => withMessagePatch(pages, message.id, { run, ...said }));
        // The last words may not have reached the disk of a server that was killed: show what is going to be there.
        if (run.status === "interrupted") refresh();
      },
      onRefused: (problem: unknown) => problem instanceof ServerProblem && refresh(),
    };
    void followAnswer({ open, isOffline, wait: waitForNetwork }, start.current, follower, stop.signal);
    return () => {
      stop.abort();
      draws.stop();
      setLive(null);
      // What was read so far is kept for the next time this chat is opened.
      change((pages) => withSaidSoFar(pages, runId, draws.latest()));
    };
  }, [runId, message.id, message.chatId, client]);
  return runId !== null && live !== null ? live : { text, reasoning, reasoningMs, wait: null, isConnected: true };
}
