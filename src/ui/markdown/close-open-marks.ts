// The end of a streaming text is often half of a mark. Closing it for display keeps words from changing their look
// and lines from jumping when the other half arrives. The text itself is never changed.

/** Repairs the raw Markdown of the last open block, which is not a code fence. */
export function closeOpenMarks(raw: string): string {
  const table = openTable(raw);
  if (table !== null) return table;
  let text = dropHalfMarker(raw)
    .replace(/!?\[([^\]\n]*)\]\([^)\s]*$/, "$1")
    .replace(/!?\[([^\][\n]*)$/, "$1")
    // A formula comes whole: its source would be another line of text.
    .replace(/\\\((?:(?!\\\))[^`\n]){0,200}$/, "");
  const lastLine = text.slice(text.lastIndexOf("\n\n") + 1);
  const withoutCode = lastLine.replace(/`[^`\n]+`/g, "");
  if (withoutCode.includes("`")) return `${text.replace(/`+$/, "")}${text.endsWith("`") ? "" : "`"}`;
  // A lone marker at the very end opens nothing yet.
  text = text.replace(/(^|\s)[*_]{1,3}$/, "$1");
  if (count(withoutCode, /\*\*/g) % 2 === 1)
    text = text.endsWith("*") && !text.endsWith("**") ? `${text}*` : `${text}**`;
  else if (count(withoutCode.replace(/\*\*/g, ""), /(?<![\s*])\*|\*(?![\s*])/g) % 2 === 1) text = `${text}*`;
  return text;
}

/** A header row alone is drawn as the table that it is going to be. */
function openTable(raw: string): string | null {
  if (!/^ {0,3}\|/.test(raw)) return null;
  const [header = "", delimiter = "", ...more] = raw.split("\n");
  if (more.length > 0 || !/^[\s|:-]*$/.test(delimiter)) return null;
  const cells = header
    .replace(/\\\|/g, "")
    .replace(/^\s*\||\|\s*$/g, "")
    .split("|").length;
  const closed = /\|\s*$/.test(header) ? header : `${header} |`;
  return `${closed}\n|${" --- |".repeat(cells)}\n`;
}

/** "-" or "1." on a line of its own would be drawn as a heading or a number before its item arrives. */
function dropHalfMarker(raw: string): string {
  return raw.replace(/\n[ \t]*(?:[-=*+]{1,3}|\d{1,3}[.)]?)[ \t]*$/, "");
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
