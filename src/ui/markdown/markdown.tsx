// Draws an answer. Tokens become React elements of a fixed list; HTML in the text is shown as text and never runs.
import type { Token, Tokens } from "marked";
import { memo, useState } from "react";
import { FormulaDrawingContext, useLoadedFormulaDrawing } from "./formula-drawing.ts";
import { MarkdownBlock } from "./markdown-block.tsx";
import {
  emptyMarkdown,
  hasDefinitions,
  type ParsedMarkdown,
  parseMarkdown,
  parseOpenMarkdown,
  upToFormula,
} from "./parse-markdown.ts";

interface Props {
  readonly source: string;
  /** Still being written: the last block is drawn as what it is going to be. */
  readonly isOpen: boolean;
}

interface Drawn extends Props {
  readonly parsed: ParsedMarkdown;
}

export const Markdown = memo(function Markdown({ source, isOpen }: Props) {
  const [drawn, setDrawn] = useState<Drawn>(() => draw(source, isOpen, emptyMarkdown));
  // Each step needs the one before it, so it is state; React draws again at once, before anything is shown.
  if (drawn.source !== source || drawn.isOpen !== isOpen) setDrawn(draw(source, isOpen, drawn.parsed));
  const beforeFormula = upToFormula(drawn.parsed.blocks);
  const hasFormula = beforeFormula !== drawn.parsed.blocks;
  const drawing = useLoadedFormulaDrawing(hasFormula);
  // A text that somebody is reading while it is written. What was complete when it was opened is shown at once.
  const [isWritten, setWritten] = useState(isOpen);
  if (isOpen && !isWritten) setWritten(true);
  const blocks = isWritten && drawing === undefined ? beforeFormula : drawn.parsed.blocks;
  const levels = headingLevels(blocks);
  const edition = !isOpen && hasDefinitions(source) ? 1 : 0;
  return (
    <FormulaDrawingContext value={drawing}>
      <div className="markdown">
        {blocks.map((token, index) => (
          <MarkdownBlock
            key={index}
            token={token}
            isOpen={isOpen && index === blocks.length - 1}
            edition={edition}
            level={levels[index] ?? 3}
          />
        ))}
      </div>
    </FormulaDrawingContext>
  );
});

/**
 * A model's headings start at any depth and skip some; for a reader's outline each is one below the one it stands
 * under. The page's title is level 1 and each message is level 2.
 */
function headingLevels(blocks: readonly Token[]): number[] {
  const above: number[] = [];
  return blocks.map((token) => {
    if (token.type !== "heading") return 0;
    const { depth } = token as Tokens.Heading;
    while ((above.at(-1) ?? 0) >= depth) above.pop();
    above.push(depth);
    return Math.min(6, 2 + above.length);
  });
}

function draw(source: string, isOpen: boolean, previous: ParsedMarkdown): Drawn {
  return { source, isOpen, parsed: isOpen ? parseOpenMarkdown(source, previous) : parseMarkdown(source) };
}
