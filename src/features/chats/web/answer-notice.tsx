import { Button } from "../../../ui/button.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { describeCode } from "../../../ui/server-problem.ts";
import type { Run } from "../contract.ts";

interface Props {
  readonly run: Run;
  readonly isEmpty: boolean;
  readonly isLocked: boolean;
  readonly onContinue: () => void;
  readonly onRetry: () => void;
}

/** Why an answer ended early, what is kept, and the way on. Nothing for an answer that is complete. */
export function AnswerNotice({ run, isEmpty, isLocked, onContinue, onRetry }: Props) {
  const text = useText();
  const again = (
    <Button onClick={onRetry} disabled={isLocked}>
      {text.common.retry}
    </Button>
  );
  // No service outside goes on with a half answer.
  const goOn =
    run.madeBy === "here" ? (
      <Button onClick={onContinue} disabled={isLocked}>
        {text.conversation.continue}
      </Button>
    ) : (
      again
    );
  const show = (tone: "neutral" | "warning" | "danger", sentence: string, action = goOn) => (
    <div className="mt-3" role={tone === "danger" ? "alert" : undefined}>
      <Notice tone={tone} action={action}>
        {tone === "danger" ? <p className="font-medium">{text.conversation.failed}</p> : null}
        <p>{sentence}</p>
      </Notice>
    </div>
  );
  switch (run.status) {
    case "interrupted":
      return show("warning", text.conversation.interrupted);
    case "stopped":
      return show("neutral", text.conversation.stopped);
    case "failed":
      return show(
        "danger",
        describeCode(
          run.failure?.code ?? "internal_error",
          run.failure?.message ?? "",
          run.failure?.details ?? {},
          text,
        ),
        again,
      );
    case "done":
      if (run.finishReason === "length") return show("neutral", text.conversation.cutByLength);
      return isEmpty ? show("neutral", text.conversation.noText, again) : null;
    default:
      return null;
  }
}
