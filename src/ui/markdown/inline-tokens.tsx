import type { Token, Tokens } from "marked";
import type { ReactNode } from "react";
import { useText } from "../i18n/language-provider.tsx";
import { decodeEntities } from "./decode-entities.ts";
import { Formula } from "./formula.tsx";
import type { MathToken } from "./math-tokens.ts";
import { safeUrl } from "./safe-url.ts";

export function InlineTokens({ tokens }: { tokens: readonly Token[] | undefined }): ReactNode {
  return tokens?.map((token, index) => <InlineToken key={index} token={token} />);
}

function InlineToken({ token }: { token: Token }): ReactNode {
  switch (token.type) {
    case "strong":
      return (
        <strong>
          <InlineTokens tokens={token.tokens} />
        </strong>
      );
    case "em":
      return (
        <em>
          <InlineTokens tokens={token.tokens} />
        </em>
      );
    case "del":
      return (
        <del>
          <InlineTokens tokens={token.tokens} />
        </del>
      );
    case "codespan":
      return <code>{(token as Tokens.Codespan).text}</code>;
    case "br":
      return <br />;
    case "link":
      return <Link token={token as Tokens.Link} />;
    case "image":
      return <Picture token={token as Tokens.Image} />;
    case "math-inline":
      return <Formula tex={(token as MathToken).tex} isBlock={false} isClosed />;
    case "escape":
      return (token as Tokens.Escape).text;
    case "html":
      return token.raw;
    case "text":
    case "paragraph":
      if (token.tokens !== undefined) return <InlineTokens tokens={token.tokens} />;
      return decodeEntities((token as Tokens.Text).text);
    default:
      return token.raw;
  }
}

/** Opens elsewhere, tells the other site nothing. An address that is not plain web or mail is shown as text. */
function Link({ token }: { token: Tokens.Link }) {
  const href = safeUrl(decodeEntities(token.href));
  if (href === null) return <InlineTokens tokens={token.tokens} />;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow" title={token.title ?? undefined}>
      <InlineTokens tokens={token.tokens} />
    </a>
  );
}

/** Pictures are never fetched: a request would tell another host who reads what. */
function Picture({ token }: { token: Tokens.Image }) {
  const text = useText();
  const href = safeUrl(decodeEntities(token.href));
  const label = text.markdown.image({ name: token.text === "" ? token.href.slice(0, 80) : token.text });
  if (href === null || href.startsWith("mailto:")) return token.text === "" ? null : label;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {label}
    </a>
  );
}
