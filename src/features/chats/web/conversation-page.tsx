import { Link, useParams } from "@tanstack/react-router";
import { type Ref, useRef } from "react";
import { buttonClasses } from "../../../ui/button.tsx";
import { Empty } from "../../../ui/empty.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { PageTop } from "../../../ui/page-top.tsx";
import { ServerProblem } from "../../../ui/server-problem.ts";
import type { Message } from "../contract.ts";
import { messagesInOrder } from "./chat-cache.ts";
import { ChatMenu } from "./chat-menu.tsx";
import { Composer } from "./composer.tsx";
import { ConversationScroll } from "./conversation-scroll.tsx";
import { useAnswerCommands } from "./use-answer-commands.ts";
import { useChat, useMessages, useUpdateChat } from "./use-chats.ts";
import { useDraft } from "./use-draft.ts";
import { isActive } from "./use-live-answer.ts";
import { useSend } from "./use-send.ts";

export function ConversationPage() {
  const { chatId } = useParams({ from: "/app/chats/$chatId" });
  // Another chat is another page: nothing of the one before is shown in it.
  return <Conversation key={chatId} chatId={chatId} />;
}

function Conversation({ chatId }: { chatId: string }) {
  const text = useText();
  const send = useSend(chatId);
  const isOnServer = send.pending?.startsChat !== true;
  const chat = useChat(chatId, isOnServer);
  const messages = useMessages(chatId, isOnServer);
  const answers = useAnswerCommands(chatId);
  const [draft, setDraft] = useDraft(chatId);
  const box = useRef<HTMLTextAreaElement>(null);
  const all = messagesInOrder(messages.data);
  const title = chat.data?.title ?? text.chats.newTitle;
  const isGone = chat.error instanceof ServerProblem && chat.error.code === "chat_not_found";
  // A first question that was refused and taken back to be edited belongs to a chat that is not there yet: never hide its text.
  if (isGone && draft === "") return <NoSuchChat />;
  const edit = () => {
    setDraft([draft, send.takeBack()].filter((part) => part !== "").join("\n\n"));
    box.current?.focus();
  };
  return (
    <>
      <PageTop title={title} actions={chat.data === undefined ? null : <ChatMenu chat={chat.data} isOpenChat />} />
      <ConversationScroll
        messages={messages}
        all={all}
        isOnServer={isOnServer}
        send={send}
        answers={answers}
        onEdit={edit}
      />
      <div className="column safe-bottom">
        {answers.problem === null ? null : (
          <div className="mb-2">
            <ProblemNotice problem={answers.problem} onRetry={answers.forgetProblem} />
          </div>
        )}
        <ConversationComposer
          chatId={chatId}
          all={all}
          send={send}
          answers={answers}
          draft={draft}
          setDraft={setDraft}
          boxRef={box}
        />
      </div>
    </>
  );
}

function NoSuchChat() {
  const text = useText();
  return (
    <>
      <PageTop title={text.notFound.title} />
      <div className="column pt-2">
        <Empty
          sentence={text.errors.chat_not_found}
          action={
            <Link to="/" className={buttonClasses("primary")}>
              {text.welcome.start}
            </Link>
          }
        />
      </div>
    </>
  );
}

interface ComposerProps {
  readonly chatId: string;
  readonly all: readonly Message[];
  readonly send: ReturnType<typeof useSend>;
  readonly answers: ReturnType<typeof useAnswerCommands>;
  readonly draft: string;
  readonly setDraft: (text: string) => void;
  readonly boxRef: Ref<HTMLTextAreaElement>;
}

function ConversationComposer({ chatId, all, send, answers, draft, setDraft, boxRef }: ComposerProps) {
  const chat = useChat(chatId, send.pending?.startsChat !== true);
  const update = useUpdateChat();
  const last = all.at(-1);
  const run = last?.run ?? null;
  const sendDraft = (message: string) => {
    answers.forgetProblem();
    send.send(message, last?.id ?? null, null);
    setDraft("");
  };
  return (
    <Composer
      boxRef={boxRef}
      draft={draft}
      onDraft={setDraft}
      onSend={sendDraft}
      onStop={isActive(run) ? () => answers.stop.mutate(run) : null}
      isStopping={answers.stop.isPending}
      canSend={send.pending === null && chat.data !== undefined}
      modelId={chat.data?.modelId ?? send.pending?.modelId ?? null}
      onChooseModel={(modelId) => chat.data !== undefined && update.mutate({ chat: chat.data, modelId })}
    />
  );
}
