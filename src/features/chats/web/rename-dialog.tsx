import { type FormEvent, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { TextField } from "../../../ui/text-field.tsx";
import { type Chat, maxTitleCharacters } from "../contract.ts";
import { useUpdateChat } from "./use-chats.ts";

export function RenameDialog({ chat, isOpen, onClose }: { chat: Chat; isOpen: boolean; onClose: () => void }) {
  const text = useText();
  return (
    <Dialog open={isOpen} onClose={onClose} title={text.chats.renameTitle}>
      <RenameForm chat={chat} onClose={onClose} />
    </Dialog>
  );
}

function RenameForm({ chat, onClose }: { chat: Chat; onClose: () => void }) {
  const text = useText();
  const update = useUpdateChat();
  const [title, setTitle] = useState(chat.title);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (title.trim() === chat.title) onClose();
    else update.mutate({ chat, title: title.trim() }, { onSuccess: onClose });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {update.isError ? <ProblemNotice heading={text.settings.saveFailed} problem={update.error} /> : null}
      <TextField
        label={text.chats.title}
        required
        maxLength={maxTitleCharacters}
        value={title}
        onChange={(event) => setTitle(event.target.value)}
        onFocus={(event) => event.target.select()}
      />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{text.common.cancel}</Button>
        <Button type="submit" look="primary" disabled={update.isPending || title.trim() === ""}>
          {text.common.save}
        </Button>
      </div>
    </form>
  );
}
