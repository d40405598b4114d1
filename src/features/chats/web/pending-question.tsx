import { Button } from "../../../ui/button.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { QuestionView } from "./question-view.tsx";
import type { Send } from "./use-send.ts";

/** A message on its way. When it fails, its text stays here, with ways to go on. */
export function PendingQuestion({ send, onEdit }: { send: Send; onEdit: () => void }) {
  const text = useText();
  if (send.pending === null) return null;
  if (typeof send.state === "string") {
    const sentence = send.state === "offline" ? text.composer.offline : text.composer.sending;
    const tone = send.state === "offline" ? "text-warning" : "text-text-3 late";
    return (
      <QuestionView
        text={send.pending.text}
        status={
          <p role="status" className={`text-dense ${tone}`}>
            {sentence}
          </p>
        }
      />
    );
  }
  return (
    <>
      <QuestionView
        text={send.pending.text}
        status={
          <div className="flex flex-wrap justify-end gap-2">
            <Button look="quiet" onClick={onEdit}>
              {text.composer.edit}
            </Button>
            <Button onClick={send.again}>{text.composer.sendAgain}</Button>
          </div>
        }
      />
      <ProblemNotice heading={text.composer.notSent} problem={send.state.problem} />
    </>
  );
}
