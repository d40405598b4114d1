import { useMutation, useQueryClient } from "@tanstack/react-query";
import { call } from "../../../ui/call.ts";
import { chooseBranch, continueRun, type Message, retryMessage, type Run, stopRun } from "../contract.ts";
import { messagesKey } from "./chat-cache.ts";
import { usePutTurn } from "./use-send.ts";

/** What can be done with an answer. A failed command says so above the message box. */
export function useAnswerCommands(chatId: string) {
  const client = useQueryClient();
  const putTurn = usePutTurn();
  const refresh = () => client.invalidateQueries({ queryKey: messagesKey(chatId) });
  const retry = useMutation({
    mutationFn: (message: Message) => call(retryMessage, { params: { chatId, messageId: message.id }, body: {} }),
    onSuccess: putTurn,
  });
  const goOn = useMutation({
    mutationFn: (run: Run) => call(continueRun, { params: { runId: run.id } }),
    onSuccess: putTurn,
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
