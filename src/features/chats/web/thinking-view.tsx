import { useText } from "../../../ui/i18n/language-provider.tsx";
import { languageOfScript } from "../../../ui/text-script.ts";

interface Props {
  readonly reasoning: string;
  readonly ms: number;
  /** The model still thinks: nothing of its answer has come. */
  readonly isThinking: boolean;
}

/** What the model thought before it spoke, folded; it is no part of the answer and is never copied with it. */
export function ThinkingView({ reasoning, ms, isThinking }: Props) {
  const { conversation } = useText();
  if (reasoning === "") return null;
  return (
    <details className="mb-3 text-dense text-text-2">
      <summary className="min-h-control cursor-pointer content-center text-interface">
        <span className={isThinking ? "pulse tabular" : "tabular"}>
          {isThinking ? conversation.thinking({ ms }) : conversation.thought({ ms })}
        </span>
      </summary>
      <div
        dir="auto"
        lang={languageOfScript(reasoning)}
        className="mt-1 border-s-2 border-border ps-3 wrap-anywhere whitespace-pre-wrap"
      >
        {reasoning}
      </div>
    </details>
  );
}
