import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { call } from "../../../ui/call.ts";
import { makeId } from "../../../ui/make-id.ts";
import { chooseBranch, continueRun, type Message, retryMessage, type Run, stopRun } from "../contract.ts";
import { messagesKey } from "./chat-cache.ts";
import { usePutTurn } from "./use-send.ts";

/** What can be done with an answer. A failed command says so above the message box. */
export function useAnswerCommands(chatId: string) {
  const client = useQueryClient();
  const putTurn = usePutTurn();
  const refresh = () => client.invalidateQueries({ queryKey: messagesKey(chatId) });
  // By what is tried again or gone on with: the id of what that makes, the same until the server has answered, so that
  // a second try after a lost connection makes nothing twice.
  const madeIds = useRef(new Map<string, string>());
  const idFor = (id: string): string => {
    const made = madeIds.current.get(id) ?? makeId();
    madeIds.current.set(id, made);
    return made;
  };
  const retry = useMutation({
    mutationFn: ({ id }: Message) =>
      call(retryMessage, { params: { chatId, messageId: id }, body: { answerId: idFor(id) } }),
    onSuccess(turn, { id }) {
      madeIds.current.delete(id);
      putTurn(turn);
    },
  });
  const goOn = useMutation({
    mutationFn: ({ id }: Run) => call(continueRun, { params: { runId: id }, body: { nextRunId: idFor(id) } }),
    onSuccess(turn, { id }) {
      madeIds.current.delete(id);
      putTurn(turn);
    },
  });
  const choose = useMutation({
    mutationFn: (messageId: string) => call(chooseBranch, { params: { chatId, messageId } }),
    onSuccess: refresh,
  });
  // The end of the answer comes through its events, with the text up to there.
  const stop = useMutation({ mutationFn: (run: Run) => call(stopRun, { params: { runId: run.id } }) });
  const all = [retry, goOn, choose, stop];
  return {
    commands: { retry: retry.mutate, continue: goOn.mutate, choose: choose.mutate },
    stop,
    isPending: retry.isPending || goOn.isPending || choose.isPending,
    problem: all.find((command) => command.isError)?.error ?? null,
    forgetProblem: () => {
      for (const command of all) command.reset();
    },
  };
}
