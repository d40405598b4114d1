import { Ellipsis, Pencil, Trash2 } from "lucide-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { iconButtonClasses } from "../../../ui/icon-button.tsx";
import { Menu } from "../../../ui/menu.tsx";
import { useToast } from "../../../ui/toast.tsx";
import type { Chat } from "../contract.ts";
import { RenameDialog } from "./rename-dialog.tsx";
import { useDeleteChat, useRestoreChat } from "./use-chats.ts";

/** Rename and delete. Deleting happens at once and can be undone. */
export function ChatMenu({
  chat,
  isOpenChat,
  className = "",
}: {
  chat: Chat;
  isOpenChat: boolean;
  className?: string;
}) {
  const text = useText();
  const navigate = useNavigate();
  const showToast = useToast();
  const restore = useRestoreChat();
  const remove = useDeleteChat((deleted) =>
    showToast({ sentence: text.chats.removed, undo: () => restore.mutate(deleted) }),
  );
  const [isRenaming, setRenaming] = useState(false);
  const deleteNow = () => {
    if (isOpenChat) void navigate({ to: "/" });
    remove.mutate(chat);
  };
  return (
    <>
      <Menu
        trigger={
          <button
            type="button"
            aria-label={text.chats.actions({ title: chat.title })}
            className={`${iconButtonClasses} ${className}`}
          >
            <Icon of={Ellipsis} />
          </button>
        }
        items={[
          { label: text.chats.rename, icon: Pencil, onSelect: () => setRenaming(true) },
          { label: text.chats.remove, icon: Trash2, onSelect: deleteNow, isDestructive: true },
        ]}
      />
      <RenameDialog chat={chat} isOpen={isRenaming} onClose={() => setRenaming(false)} />
    </>
  );
}
