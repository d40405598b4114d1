import { queryOptions, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call } from "../../../ui/call.ts";
import { isOffline } from "../../../ui/server-problem.ts";
import {
  type Chat,
  deleteChat,
  getChat,
  listChats,
  listMessages,
  type Message,
  restoreChat,
  updateChat,
} from "../contract.ts";
import { chatKey, chatsKey, messagesKey, type PageOf, type Pages, withChat, withoutChat } from "./chat-cache.ts";

const chatsPerPage = 50;
const messagesPerPage = 40;
const offlineRetries = 3;

export function useChats() {
  return useInfiniteQuery({
    queryKey: chatsKey,
    queryFn: ({ pageParam, signal }) => call(listChats, { query: { cursor: pageParam, limit: chatsPerPage }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    staleTime: 30_000,
  });
}

export function useChat(chatId: string, isOnServer: boolean) {
  return useQuery(
    queryOptions({
      queryKey: chatKey(chatId),
      queryFn: ({ signal }) => call(getChat, { params: { chatId }, signal }),
      enabled: isOnServer,
    }),
  );
}

export function useMessages(chatId: string, isOnServer: boolean) {
  return useInfiniteQuery<PageOf<Message>, Error, Pages<Message>, readonly string[], string | undefined>({
    queryKey: messagesKey(chatId),
    queryFn: ({ pageParam, signal }) =>
      call(listMessages, { params: { chatId }, query: { cursor: pageParam, limit: messagesPerPage }, signal }),
    initialPageParam: undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    enabled: isOnServer,
    staleTime: 1000,
  });
}

/** Shows a chat everywhere it is listed. */
export function usePutChat(): (chat: Chat) => void {
  const client = useQueryClient();
  return (chat) => {
    client.setQueryData(chatKey(chat.id), chat);
    client.setQueryData<Pages<Chat>>(chatsKey, (pages) => withChat(pages, chat));
  };
}

interface ChatChange {
  readonly chat: Chat;
  readonly title?: string;
  readonly modelId?: string | null;
}

export function useUpdateChat() {
  const putChat = usePutChat();
  return useMutation({
    mutationFn: ({ chat, ...change }: ChatChange) => call(updateChat, { params: { chatId: chat.id }, body: change }),
    onMutate: ({ chat, title, modelId }) =>
      putChat({ ...chat, title: title ?? chat.title, modelId: modelId === undefined ? chat.modelId : modelId }),
    onError: (_problem, { chat }) => putChat(chat),
    onSuccess: putChat,
  });
}

/** `onDeleted` is called also when what asked for it is no longer on the page. */
export function useDeleteChat(onDeleted: (chat: Chat) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (chat: Chat) => call(deleteChat, { params: { chatId: chat.id } }),
    onMutate: (chat) => {
      client.setQueryData<Pages<Chat>>(chatsKey, (pages) => pages && withoutChat(pages, chat.id));
    },
    onError: () => client.invalidateQueries({ queryKey: chatsKey }),
    onSuccess: (_answer, chat) => onDeleted(chat),
  });
}

export const restoreKey = ["restore-chat"] as const;

/** The chat is back in the list at once; where the server refuses, `FailedRestores` says so. */
export function useRestoreChat() {
  const client = useQueryClient();
  const change = (make: (pages: Pages<Chat>) => Pages<Chat> | undefined) =>
    client.setQueryData<Pages<Chat>>(chatsKey, (pages) => pages && make(pages));
  return useMutation({
    mutationKey: restoreKey,
    mutationFn: (chat: Chat) => call(restoreChat, { params: { chatId: chat.id } }),
    retry: (count, problem) => isOffline(problem) && count < offlineRetries,
    onMutate: (chat) => {
      change((pages) => withChat(pages, chat));
    },
    onError: (_problem, chat) => {
      change((pages) => withoutChat(pages, chat.id));
    },
    onSettled: () => client.invalidateQueries({ queryKey: chatsKey }),
  });
}
