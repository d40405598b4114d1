import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { makeId } from "../../../ui/make-id.ts";
import { PageTop } from "../../../ui/page-top.tsx";
import { useMe } from "../../users/web/use-me.ts";
import { Composer } from "./composer.tsx";
import { usePendingSends } from "./pending-sends-context.tsx";
import { useDraft } from "./use-draft.ts";

export function NewChatPage() {
  const text = useText();
  const me = useMe();
  const navigate = useNavigate();
  const pendingSends = usePendingSends();
  const [draft, setDraft] = useDraft("new");
  const [modelId, setModelId] = useState<string | null>(null);
  const send = (message: string) => {
    const chatId = makeId();
    pendingSends.keep({ chatId, messageId: makeId(), parentId: null, text: message, modelId, startsChat: true });
    setDraft("");
    void navigate({ to: "/chats/$chatId", params: { chatId } });
  };
  return (
    <>
      <PageTop title={text.chats.newTitle} isTitleQuiet />
      <div className="flex min-h-0 grow flex-col overflow-y-auto">
        <div className="column flex grow flex-col gap-6 sm:composer-place">
          <h2 dir="auto" className="my-auto text-greeting font-semibold sm:my-0">
            {text.chats.greeting({ name: me.name })}
          </h2>
          <div className="safe-bottom">
            <Composer
              draft={draft}
              onDraft={setDraft}
              onSend={send}
              onStop={null}
              canSend
              modelId={modelId}
              onChooseModel={setModelId}
            />
          </div>
        </div>
      </div>
    </>
  );
}
