import { useText } from "../../../ui/i18n/language-provider.tsx";
import { Markdown } from "../../../ui/markdown/markdown.tsx";
import { languageOfScript } from "../../../ui/text-script.ts";
import type { Message, Run } from "../contract.ts";
import { AnswerActions } from "./answer-actions.tsx";
import { AnswerNotice } from "./answer-notice.tsx";
import { SpokenAnswer } from "./spoken-answer.tsx";
import { ThinkingView } from "./thinking-view.tsx";
import { isActive, type LiveAnswer, useLiveAnswer } from "./use-live-answer.ts";

export interface AnswerCommands {
  readonly retry: (message: Message) => void;
  readonly continue: (run: Run) => void;
  readonly choose: (messageId: string) => void;
}

interface Props {
  readonly message: Message;
  readonly commands: AnswerCommands;
  /** Another answer is being written or a command is under way. */
  readonly isLocked: boolean;
}

/** An answer: plain text without a bubble; under it its model, the AI mark and what can be done with it. */
export function AnswerView({ message, commands, isLocked }: Props) {
  const text = useText();
  const live = useLiveAnswer(message);
  const { run } = message;
  const isWritten = isActive(run);
  const model = run?.modelName ?? "";
  return (
    <article aria-busy={isWritten}>
      <h2 className="sr-only">{text.conversation.answerOf({ model })}</h2>
      <ThinkingView reasoning={live.reasoning} ms={live.reasoningMs} isThinking={isWritten && live.text === ""} />
      <div dir="auto" lang={languageOfScript(live.text)} className={isWritten ? "actions-space min-h-7" : ""}>
        {live.text === "" ? null : <Markdown source={live.text} isOpen={isWritten} />}
        {isWritten ? <AnswerWaiting live={live} model={model} /> : null}
      </div>
      <SpokenAnswer text={live.text} isWritten={isWritten} />
      {run === null || isWritten ? null : (
        <AnswerNotice
          run={run}
          isEmpty={live.text === ""}
          isLocked={isLocked}
          onContinue={() => commands.continue(run)}
          onRetry={() => commands.retry(message)}
        />
      )}
      {isWritten ? null : <AnswerActions message={message} text={live.text} isLocked={isLocked} commands={commands} />}
    </article>
  );
}

/** What a wait is for and how long; in the place where the first line is going to be. */
function AnswerWaiting({ live, model }: { live: LiveAnswer; model: string }) {
  const text = useText();
  if (!live.isConnected)
    return (
      <p role="status" className="text-interface text-warning">
        {text.conversation.reconnecting}
      </p>
    );
  if ((live.text !== "" || live.reasoning !== "") && live.wait === null) return null;
  return (
    <p role="status" className={`tabular text-interface text-text-2 ${live.text === "" ? "" : "mt-3"}`}>
      {live.wait === null ? <span className="pulse">{text.conversation.waiting}</span> : null}
      {live.wait?.type === "model-loading"
        ? text.conversation.loadingModel({ model, percent: live.wait.percent })
        : null}
      {live.wait?.type === "queue-position"
        ? text.conversation.queued({ position: live.wait.position, ms: live.wait.estimatedMs })
        : null}
    </p>
  );
}
