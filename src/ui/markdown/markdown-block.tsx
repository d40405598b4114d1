import type { Token, Tokens } from "marked";
import { createElement, memo, type ReactNode } from "react";
import { directionOf } from "../text-script.ts";
import { CodeBlock } from "./code-block.tsx";
import { Formula } from "./formula.tsx";
import { InlineTokens } from "./inline-tokens.tsx";
import type { MathToken } from "./math-tokens.ts";

interface Props {
  readonly token: Token;
  readonly isOpen: boolean;
  /** Raised when the same source must be drawn again. */
  readonly edition: number;
  /** For a heading: its level in the outline of the page. */
  readonly level: number;
}

/** One block; drawn again only when its own source changes. */
export const MarkdownBlock = memo(
  function MarkdownBlock({ token, isOpen, level }: Props): ReactNode {
    return drawBlock(token, isOpen, level);
  },
  (before, after) =>
    before.token.raw === after.token.raw &&
    before.isOpen === after.isOpen &&
    before.edition === after.edition &&
    before.level === after.level,
);

function drawBlock(token: Token, isOpen: boolean, level: number): ReactNode {
  switch (token.type) {
    case "heading":
      return <Heading token={token as Tokens.Heading} level={level} />;
    case "code":
      return <Code token={token as Tokens.Code} isOpen={isOpen} />;
    case "math-block":
      return <Formula tex={(token as MathToken).tex} isBlock isClosed={(token as MathToken).isClosed || !isOpen} />;
    case "table":
      return <Table token={token as Tokens.Table} />;
    case "list":
      return <List token={token as Tokens.List} isOpen={isOpen} />;
    case "blockquote":
      return <blockquote dir="auto">{drawBlocks((token as Tokens.Blockquote).tokens, isOpen)}</blockquote>;
    case "hr":
      return <hr />;
    case "html":
      return (
        <p dir="auto" className="whitespace-pre-wrap">
          {(token as Tokens.HTML).raw.trimEnd()}
        </p>
      );
    case "paragraph":
      return (
        <p dir="auto">
          <InlineTokens tokens={(token as Tokens.Paragraph).tokens} />
        </p>
      );
    default:
      return <InlineTokens tokens={[token]} />;
  }
}

function drawBlocks(tokens: readonly Token[], isOpen: boolean): ReactNode {
  const visible = tokens.filter((token) => token.type !== "space" && token.type !== "def");
  return visible.map((token, index) => (
    <MarkdownBlock key={index} token={token} isOpen={isOpen && index === visible.length - 1} edition={0} level={6} />
  ));
}

function Heading({ token, level }: { token: Tokens.Heading; level: number }) {
  return createElement(`h${level}`, { dir: "auto", "data-level": token.depth }, <InlineTokens tokens={token.tokens} />);
}

function Code({ token, isOpen }: { token: Tokens.Code; isOpen: boolean }) {
  const isFenceOpen = isOpen && !/\n {0,3}(?:`{3,}|~{3,})\s*$/.test(token.raw);
  const language = token.lang?.trim().split(/[\s{,]/)[0] ?? "";
  return <CodeBlock code={token.text} language={language} isOpen={isFenceOpen} />;
}

function Table({ token }: { token: Tokens.Table }) {
  return (
    <div className="wide" tabIndex={0}>
      <table dir="auto">
        <thead>
          <tr>
            {token.header.map((cell, index) => (
              <th key={index} scope="col" data-align={cell.align}>
                <InlineTokens tokens={cell.tokens} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {token.rows.map((row, rowIndex) => (
            <tr key={rowIndex}>
              {row.map((cell, index) => (
                <td key={index} dir="auto" data-align={cell.align}>
                  <InlineTokens tokens={cell.tokens} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function List({ token, isOpen }: { token: Tokens.List; isOpen: boolean }) {
  const items = token.items.map((item, index) => (
    <li key={index} dir="auto">
      {item.task ? (
        <input type="checkbox" checked={item.checked === true} disabled readOnly aria-label={item.text} />
      ) : null}
      {drawBlocks(
        item.tokens.filter((part) => part.type !== "checkbox"),
        isOpen && index === token.items.length - 1,
      )}
    </li>
  ));
  // Not `auto`: that does not look into items that have a direction of their own.
  const dir = directionOf(token.raw);
  return token.ordered ? (
    <ol dir={dir} start={token.start === "" ? 1 : token.start}>
      {items}
    </ol>
  ) : (
    <ul dir={dir}>{items}</ul>
  );
}
