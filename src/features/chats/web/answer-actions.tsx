import { RotateCcw } from "lucide-react";
import { CopyButton } from "../../../ui/copy-button.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { OriginIcon } from "../../../ui/origin-icon.tsx";
import type { Message } from "../contract.ts";
import { markedCopy } from "./answer-copy.ts";
import type { AnswerCommands } from "./answer-view.tsx";
import { BranchSwitch } from "./branch-switch.tsx";

interface Props {
  readonly message: Message;
  readonly text: string;
  readonly isLocked: boolean;
  readonly commands: AnswerCommands;
}

/** The row under a finished answer. Its height is kept free while the answer is written. */
export function AnswerActions({ message, text: answer, isLocked, commands }: Props) {
  const text = useText();
  const { modelName: model = "", madeBy = "here" } = message.run ?? {};
  return (
    <div className="mt-1 flex min-h-control flex-wrap items-center gap-x-1 text-text-2">
      <CopyButton
        label={text.conversation.copyAnswer}
        read={() => markedCopy(answer, text.conversation.mark({ model }))}
        className="-ms-2"
      />
      <IconButton
        icon={RotateCcw}
        label={text.conversation.retry}
        disabled={isLocked}
        onClick={() => commands.retry(message)}
      />
      <BranchSwitch message={message} isLocked={isLocked} onChoose={commands.choose} />
      <p className="flex min-w-0 items-center gap-1 text-meta text-text-3">
        <OriginIcon madeBy={madeBy} />
        <span className="min-w-0 wrap-anywhere">
          {madeBy === "here" ? text.common.here : madeBy} · {model} · {text.conversation.madeByAi}
        </span>
      </p>
    </div>
  );
}
