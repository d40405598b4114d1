// A chat's title, made at once from the first sentence of its first message: no model is asked for it.

const maxTitleGraphemes = 60;
/** Nobody's first sentence is longer; the rest of a pasted book need not be looked at. */
const maxCharactersRead = 2000;

/** Plain text of at most 60 grapheme clusters, never empty unless the message is blank. */
export function titleFrom(text: string): string {
  const start = text.slice(0, maxCharactersRead).toWellFormed();
  const title = firstSentence(withoutMarkdown(firstLine(start)));
  return cutAtWord(title || oneLine(start));
}

/** The first line that says something; a code fence's own line does not. */
function firstLine(text: string): string {
  const lines = text.split(/[\r\n\u2028\u2029]+/);
  return lines.find((line) => !/^\s*(`{3}|~{3})/.test(line) && /[\p{L}\p{N}\p{S}]/u.test(withoutMarkdown(line))) ?? "";
}

function withoutMarkdown(line: string): string {
  const text = line
    .replace(/^\s*(?:(?:>|#{1,6}(?=\s)|[-*+](?=\s)|\d{1,3}[.)](?=\s)|\[[ xX]\](?=\s))\s*)+/, "")
    .replace(/!?\[([^\]]*)\]\((?:[^()\s]|\([^()]*\))*(?:\s+"[^"]*")?\)/g, "$1")
    .replace(/(`+)(.+?)\1/g, "$2")
    .replace(/(\*\*|__|~~)(?=\S)(.+?)(?<=\S)\1/g, "$2")
    .replace(/(?<![\p{L}\p{N}])([*_])(?=\S)(.+?)(?<=\S)\1(?![\p{L}\p{N}])/gu, "$2");
  return oneLine(text);
}

/** Without what would turn or break a line that is shown among others. */
function oneLine(text: string): string {
  return text
    .replace(/[\u202A-\u202E\u2066-\u2069]/g, "")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
}

function firstSentence(line: string): string {
  const [first] = new Intl.Segmenter("und", { granularity: "sentence" }).segment(line);
  return (first?.segment ?? "").trim().replace(/(?<![.।。])[.।。,;:]$/u, "");
}

function cutAtWord(title: string): string {
  if (countGraphemes(title) <= maxTitleGraphemes) {
    return title;
  }
  let cut = "";
  let graphemes = 1; // the ellipsis
  for (const { segment } of new Intl.Segmenter("und", { granularity: "word" }).segment(title)) {
    graphemes += countGraphemes(segment);
    if (graphemes > maxTitleGraphemes) {
      break;
    }
    cut += segment;
  }
  return `${cut.trim() || firstGraphemes(title, maxTitleGraphemes - 1)}…`;
}

function countGraphemes(text: string): number {
  return [...new Intl.Segmenter("und", { granularity: "grapheme" }).segment(text)].length;
}

function firstGraphemes(text: string, count: number): string {
  const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" }).segment(text);
  return Iterator.from(graphemes)
    .take(count)
    .map(({ segment }) => segment)
    .toArray()
    .join("");
}
