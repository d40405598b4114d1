// Draws an answer. Tokens become React elements of a fixed list; HTML in the text is shown as text and never runs.
import { memo, useRef } from "react";
import { MarkdownBlock } from "./markdown-block.tsx";
import { emptyMarkdown, hasDefinitions, parseMarkdown, parseOpenMarkdown, type ParsedMarkdown } from "./parse-markdown.ts";

interface Props {
  readonly source: string;
  /** Still being written: the last block is drawn as what it is going to be. */
  readonly isOpen: boolean;
}

export const Markdown = memo(function Markdown({ source, isOpen }: Props) {
  const parsed = useRef<ParsedMarkdown>(emptyMarkdown);
  const drawn = useRef<{ source: string; isOpen: boolean } | null>(null);
  if (drawn.current?.source !== source || drawn.current.isOpen !== isOpen) {
    parsed.current = isOpen ? parseOpenMarkdown(source, parsed.current) : parseMarkdown(source);
    drawn.current = { source, isOpen };
  }
  const { blocks } = parsed.current;
  const edition = !isOpen && hasDefinitions(source) ? 1 : 0;
  return (
    <div className="markdown">
      {blocks.map((token, index) => (
        <MarkdownBlock key={index} token={token} isOpen={isOpen && index === blocks.length - 1} edition={edition} />
      ))}
    </div>
  );
});
