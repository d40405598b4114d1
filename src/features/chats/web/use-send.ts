import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { call } from "../../../ui/call.ts";
import { makeId } from "../../../ui/make-id.ts";
import { isOffline, ServerProblem } from "../../../ui/server-problem.ts";
import { waitForNetwork } from "../../../ui/wait-for-network.ts";
import { type Message, sendMessage, startChat, type Turn } from "../contract.ts";
import { messagesKey, type Pages, withTurn } from "./chat-cache.ts";
import type { PendingSend } from "./pending-send.ts";
import { usePendingSends } from "./pending-sends-context.tsx";
import { usePutChat } from "./use-chats.ts";

export type SendState = "sending" | "offline" | { readonly problem: unknown };

export interface Send {
  readonly pending: PendingSend | null;
  readonly state: SendState;
  readonly send: (text: string, parentId: string | null, modelId: string | null) => void;
  readonly again: () => void;
  /** Gives the text up for editing. */
  readonly takeBack: () => string;
}

const firstDelayMs = 500;
const longestDelayMs = 5000;

/** Sends the pending message of a chat: at once, again when the network is back, and after a reload. */
export function useSend(chatId: string): Send {
  const client = useQueryClient();
  const pendingSends = usePendingSends();
  const putTurn = usePutTurn();
  const { mutateAsync: post } = useMutation({ mutationFn: postTurn });
  const [pending, setPending] = useState(() => pendingSends.read(chatId));
  const [state, setState] = useState<SendState>("sending");
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    if (pending === null) return;
    const stop = new AbortController();
    const deliver = async () => {
      const turn = await deliverOnce(
        () => post(pending),
        () => setState("offline"),
        stop.signal,
      );
      if (turn === null) return;
      pendingSends.remove(chatId);
      putTurn(turn);
      if (!stop.signal.aborted) setPending(null);
    };
    deliver().catch((problem: unknown) => {
      if (stop.signal.aborted) return;
      setState({ problem });
      // Asked in another window: show that answer, so that it can be read and stopped here too.
      const isAnsweredElsewhere = problem instanceof ServerProblem && problem.code === "run_active";
      if (isAnsweredElsewhere) void client.invalidateQueries({ queryKey: messagesKey(chatId) });
    });
    return () => stop.abort();
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- putTurn only writes the cache
  }, [pending, attempt, chatId, pendingSends, client, post]);
  const send = useCallback(
    (text: string, parentId: string | null, modelId: string | null) => {
      const next = { chatId, messageId: makeId(), parentId, text, modelId, startsChat: false };
      pendingSends.keep(next);
      setState("sending");
      setPending(next);
    },
    [chatId, pendingSends],
  );
  const again = useCallback(() => {
    setState("sending");
    setAttempt((count) => count + 1);
  }, []);
  const takeBack = useCallback(() => {
    pendingSends.remove(chatId);
    setPending(null);
    return pending?.text ?? "";
  }, [chatId, pending, pendingSends]);
  return { pending, state, send, again, takeBack };
}

/** Tries until an answer comes; only a lost connection is tried again. Null when aborted. */
async function deliverOnce(
  post: () => Promise<Turn>,
  onOffline: () => void,
  signal: AbortSignal,
): Promise<Turn | null> {
  for (let delayMs = firstDelayMs; !signal.aborted; delayMs = Math.min(delayMs * 2, longestDelayMs)) {
    try {
      // Not tied to the signal: a message that is on its way arrives, also when the chat is left.
      return await post();
    } catch (problem) {
      if (!isOffline(problem)) throw problem;
      if (!signal.aborted) onOffline();
      await waitForNetwork(delayMs, signal);
    }
  }
  return null;
}

function postTurn({ chatId, messageId, parentId, text, modelId, startsChat }: PendingSend): Promise<Turn> {
  const model = modelId === null ? {} : { modelId };
  if (startsChat) return call(startChat, { body: { chatId, messageId, text, ...model } });
  return call(sendMessage, { params: { chatId }, body: { messageId, parentId, text, ...model } });
}

/** Shows what the server made of a send, a retry or a continue. */
export function usePutTurn(): (turn: Turn) => void {
  const client = useQueryClient();
  const putChat = usePutChat();
  return useCallback(
    (turn) => {
      client.setQueryData<Pages<Message>>(messagesKey(turn.chat.id), (pages) => withTurn(pages, turn));
      putChat(turn.chat);
    },
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- putChat only writes the cache
    [client],
  );
}
