import { ArrowDown } from "lucide-react";
import { type Ref, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import type { Message } from "../contract.ts";
import { AnswerView } from "./answer-view.tsx";
import { BranchSwitch } from "./branch-switch.tsx";
import { PendingQuestion } from "./pending-question.tsx";
import { QuestionView } from "./question-view.tsx";
import { type ConversationTurn, groupIntoTurns } from "./turns.ts";
import type { useAnswerCommands } from "./use-answer-commands.ts";
import type { useMessages } from "./use-chats.ts";
import { useConversationScroll } from "./use-conversation-scroll.ts";
import { isActive } from "./use-live-answer.ts";
import type { Send } from "./use-send.ts";

interface Props {
  readonly messages: ReturnType<typeof useMessages>;
  readonly all: readonly Message[];
  readonly isOnServer: boolean;
  readonly send: Send;
  readonly answers: ReturnType<typeof useAnswerCommands>;
  readonly onEdit: () => void;
}

/** The conversation itself, older messages on demand, and the way to its end. */
export function ConversationScroll({ messages, all, isOnServer, send, answers, onEdit }: Props) {
  const text = useText();
  const turns = groupIntoTurns(all);
  const newTurnKey = useNewTurn(turns, send);
  const isReady = all.length > 0 || send.pending !== null;
  const { boxRef, turnRef, endRef, isEndHidden, goToEnd } = useConversationScroll(isReady, newTurnKey);
  return (
    <div className="relative flex min-h-0 grow flex-col">
      <div
        ref={boxRef}
        role="region"
        aria-label={text.conversation.label}
        tabIndex={-1}
        className="scroll-box grow outline-none"
      >
        <div className="column flex flex-col">
          {messages.hasNextPage ? (
            <Button
              look="quiet"
              className="self-center"
              disabled={messages.isFetchingNextPage}
              onClick={() => void messages.fetchNextPage()}
            >
              {text.chats.loadOlder}
            </Button>
          ) : null}
          {isOnServer && messages.isPending ? <Skeleton rows={4} rowClasses="h-12" /> : null}
          {messages.isError && all.length === 0 ? (
            <ProblemNotice
              heading={text.conversation.readFailed}
              problem={messages.error}
              onRetry={() => void messages.refetch()}
            />
          ) : null}
          <Turns
            turns={turns}
            newTurnKey={newTurnKey}
            send={send}
            answers={answers}
            onEdit={onEdit}
            turnRef={turnRef}
            endRef={endRef}
          />
        </div>
      </div>
      {isEndHidden ? (
        <div className="pointer-events-none absolute inset-x-0 bottom-2 flex justify-center">
          <Button look="floating" className="pointer-events-auto" onClick={goToEnd}>
            {text.conversation.latest}
            <Icon of={ArrowDown} />
          </Button>
        </div>
      ) : null}
    </div>
  );
}

interface TurnsProps extends Pick<Props, "send" | "answers" | "onEdit"> {
  readonly turns: readonly ConversationTurn[];
  readonly newTurnKey: string | null;
  readonly turnRef: Ref<HTMLElement>;
  readonly endRef: Ref<HTMLDivElement>;
}

/** A pending question has the key that it will have once it is confirmed, so that it stays where it is drawn. */
function Turns({ turns, newTurnKey, send, answers, onEdit, turnRef, endRef }: TurnsProps) {
  const pending = send.pending;
  const isNew = pending !== null && turns.every((turn) => turn.key !== pending.messageId);
  const shown = isNew ? [...turns, { key: pending.messageId, question: null, answers: [] }] : turns;
  const lastRun = turns.at(-1)?.answers.at(-1)?.run ?? null;
  const isLocked = answers.isPending || isActive(lastRun);
  return shown.map((turn, index) => {
    const isLast = index === shown.length - 1;
    const isKept = turn.key === newTurnKey;
    const space = isLast && isKept ? "turn-space" : index < shown.length - 2 ? "skip-offscreen" : "";
    return (
      <section key={turn.key} ref={isKept ? turnRef : null} className={`flex flex-col gap-2 pt-2 pb-6 ${space}`}>
        {isNew && isLast ? <PendingQuestion send={send} onEdit={onEdit} /> : null}
        {turn.question === null ? null : (
          <QuestionView
            text={turn.question.text}
            branches={<BranchSwitch message={turn.question} isLocked={isLocked} onChoose={answers.commands.choose} />}
          />
        )}
        {turn.answers.map((answer) => (
          <AnswerView key={answer.id} message={answer} commands={answers.commands} isLocked={isLocked} />
        ))}
        {isLast ? <div ref={endRef} /> : null}
      </section>
    );
  });
}

/** The turn that room is kept for: the one being sent or written, until the next. Null in a chat that only lies there. */
function useNewTurn(turns: readonly ConversationTurn[], send: Send): string | null {
  const [key, setKey] = useState<string | null>(null);
  const last = turns.at(-1);
  const written = last !== undefined && isActive(last.answers.at(-1)?.run ?? null) ? last.key : null;
  const current = send.pending?.messageId ?? written ?? key;
  if (current !== key) setKey(current);
  return current;
}
