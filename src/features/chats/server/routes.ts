import type { Serve } from "../../../platform/http/serve-endpoint.ts";
import {
  chooseBranch,
  continueRun,
  deleteChat,
  followRun,
  getChat,
  listChats,
  listMessages,
  restoreChat,
  retryMessage,
  sendMessage,
  startChat,
  stopRun,
  updateChat,
} from "../contract.ts";
import type { AnswerPosition } from "./answer-text.ts";
import type { Chats } from "./chats.ts";
import type { Runs } from "./runs.ts";

export function chatRoutes(serve: Serve, { chats, runs }: { chats: Chats; runs: Runs }): void {
  serve(listChats, ({ principal, query }) => chats.list(principal, query));
  serve(startChat, ({ principal, body }) => chats.start(principal, body));
  serve(getChat, ({ principal, params }) => chats.read(principal, params.chatId));
  serve(updateChat, ({ principal, params, body }) => chats.change(principal, params.chatId, body));
  serve(deleteChat, ({ principal, params }) => chats.remove(principal, params.chatId));
  serve(restoreChat, ({ principal, params }) => chats.restore(principal, params.chatId));
  serve(listMessages, ({ principal, params, query }) => chats.readMessages(principal, params.chatId, query));
  serve(sendMessage, ({ principal, params, body }) => chats.send(principal, { ...params, ...body }));
  serve(retryMessage, ({ principal, params, body }) => chats.retry(principal, params.chatId, params.messageId, body));
  serve(chooseBranch, ({ principal, params }) => chats.chooseBranch(principal, params.chatId, params.messageId));
  serve(continueRun, ({ principal, params, body }) => chats.continueRun(principal, params.runId, body.nextRunId));
  serve(stopRun, ({ principal, params }) => runs.stop(principal, params.runId));
  serve(followRun, ({ principal, params, query, request, signal }) =>
    runs.follow(
      principal,
      params.runId,
      lastEventId(request.headers["last-event-id"]) ?? { text: query.after ?? 0, reasoning: query.afterReasoning ?? 0 },
      signal,
    ),
  );
}

/** A browser that reconnects says where it was; that is newer than what the address says. */
function lastEventId(header: string | string[] | undefined): AnswerPosition | undefined {
  const [, text, reasoning = "0"] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(String(header)) ?? [];
  return text === undefined ? undefined : { text: Number(text), reasoning: Number(reasoning) };
}
