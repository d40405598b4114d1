import type { ReactNode } from "react";
import { CopyButton } from "../../../ui/copy-button.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { languageOfScript } from "../../../ui/text-script.ts";

interface Props {
  readonly text: string;
  /** Instead of the usual row: what became of a message that is not sent yet. */
  readonly status?: ReactNode;
  /** The way to what else was asked in this place. */
  readonly branches?: ReactNode;
}

/** Own message: a sunken bubble at the end side, shown as typed. */
export function QuestionView({ text: question, status, branches }: Props) {
  const text = useText();
  return (
    <article className="group flex flex-col items-end gap-1">
      <h2 className="sr-only">{text.conversation.you}</h2>
      <div
        dir="auto"
        lang={languageOfScript(question)}
        className="max-w-4/5 rounded-composer bg-sunken px-4 py-2 text-answer wrap-anywhere whitespace-pre-wrap"
      >
        {question}
      </div>
      <div className="flex min-h-control items-center justify-end text-text-2">
        {branches}
        {status ?? (
          <CopyButton
            label={text.conversation.copyQuestion}
            read={() => question}
            className="text-text-3 opacity-60 group-hover:opacity-100 focus-visible:opacity-100"
          />
        )}
      </div>
    </article>
  );
}
