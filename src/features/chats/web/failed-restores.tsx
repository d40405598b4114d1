import { type Mutation, useMutationState, useQueryClient } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import type { Chat } from "../contract.ts";
import { restoreKey, useRestoreChat } from "./use-chats.ts";

type Restore = Mutation<Chat, Error, Chat>;

/** Chats whose deletion could not be undone, above the page: the list may be out of sight when that turns out. */
export function FailedRestores() {
  const text = useText();
  const cache = useQueryClient().getMutationCache();
  const restore = useRestoreChat();
  const failed = useMutationState<Restore>({
    filters: { mutationKey: restoreKey, status: "error" },
    select: (mutation) => mutation as Restore,
  });
  return failed.map((mutation) => {
    const chat = mutation.state.variables;
    const forget = () => cache.remove(mutation);
    if (chat === undefined) return null;
    return (
      <div key={mutation.mutationId} className="flex items-start gap-1 px-2 pt-2 sm:px-4">
        <div className="min-w-0 grow">
          <ProblemNotice
            heading={text.chats.restoreFailed({ title: chat.title })}
            problem={mutation.state.error}
            onRetry={() => {
              forget();
              restore.mutate(chat);
            }}
          />
        </div>
        <IconButton icon={X} label={text.common.close} onClick={forget} />
      </div>
    );
  });
}
