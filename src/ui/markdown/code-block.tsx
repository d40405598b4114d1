import { type ReactNode, useEffect, useState } from "react";
import { CopyButton } from "../copy-button.tsx";
import { useText } from "../i18n/language-provider.tsx";
import type { HighlightedLine } from "./highlight.ts";

interface Props {
  readonly code: string;
  readonly language: string;
  /** Still being written: colours come when the fence is closed, in the same box. */
  readonly isOpen: boolean;
}

// Colouring a very long block would hold the page; it stays plain.
const longestHighlighted = 50_000;

export function CodeBlock({ code, language, isOpen }: Props) {
  const text = useText();
  const lines = useHighlighted(code, isOpen ? "" : language);
  return (
    <figure dir="ltr" className="overflow-hidden rounded-card bg-sunken">
      <figcaption className="flex min-h-control items-center justify-between ps-4 pe-1">
        <span lang="en" className="text-meta text-text-2">
          {language}
        </span>
        <CopyButton label={text.markdown.copyCode} read={() => code} />
      </figcaption>
      <pre tabIndex={0} className="code-text overflow-x-auto px-4 pb-4">
        <code>{lines === null ? code : drawLines(lines)}</code>
      </pre>
    </figure>
  );
}

function drawLines(lines: readonly HighlightedLine[]): ReactNode {
  return lines.map((line, index) => (
    <span key={index}>
      {index > 0 ? "\n" : null}
      {line.map((part, partIndex) => (
        <span key={partIndex} className={part.className}>
          {part.text}
        </span>
      ))}
    </span>
  ));
}

function useHighlighted(code: string, language: string): readonly HighlightedLine[] | null {
  const [result, setResult] = useState<{ code: string; lines: readonly HighlightedLine[] } | null>(null);
  useEffect(() => {
    if (language === "" || code.length > longestHighlighted) return;
    let current = true;
    void import("./highlight.ts")
      .then(({ highlight }) => highlight(code, language))
      .then((lines) => current && lines !== null && setResult({ code, lines }))
      // Without colours the code is still all there.
      .catch(() => undefined);
    return () => {
      current = false;
    };
  }, [code, language]);
  return result?.code === code ? result.lines : null;
}
