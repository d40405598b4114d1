const sentenceEnd = /[.!?。！？।॥؟…]["'”’)\]]*(?=\s)|\n/g;

/** The whole sentences of `text` from `start` on, without Markdown's marks, and where they end. */
export function finishedSentences(text: string, start: number): { sentences: string; end: number } {
  const rest = text.slice(start);
  let end = 0;
  for (const match of rest.matchAll(sentenceEnd)) end = match.index + match[0].length;
  return { sentences: plainWords(rest.slice(0, end)), end: start + end };
}

/** Markdown as it is read aloud. */
export function plainWords(markdown: string): string {
  return markdown
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/^\s*(?:#{1,6}|[-*+>]|```\w*|\|)\s*/gm, "")
    .replace(/[*_`|]+/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}
