// Finds marks in a text that comes in pieces. A mark that somebody writes about is none: between quotation marks or
// backticks, and, where it is asked for, within a block of code.

export interface FoundMark {
  /** Up to here the text is certain. */
  readonly at: number;
  /** Null where none is found: what follows `at` may still become one. */
  readonly mark: string | null;
}

export interface MarkFinder {
  /** `isLast`: nothing follows the text. */
  find(text: string, isLast: boolean): FoundMark;
  /** Remembers what was passed on, for what stands around the next mark. */
  pass(text: string): void;
}

const opening = /[`"'“‘«]/u;
const closing = /[`"'”’»]/u;

export function createMarkFinder(
  marks: readonly string[],
  { codeIsText, quotedIsText = true }: { codeIsText: boolean; quotedIsText?: boolean },
): MarkFinder {
  const longest = Math.max(...marks.map(({ length }) => length));
  let before = "";
  let isInCode = false;

  const countFences = (text: string): number => {
    // A fence may come in pieces, so its first signs are looked at again.
    const begun = /`{0,2}$/u.exec(before)?.[0] ?? "";
    return (begun + text).split("```").length - 1;
  };

  return {
    find(text, isLast) {
      for (let at = 0; at < text.length; at += 1) {
        const mark = marks.find((each) => text.startsWith(each, at));
        const left = text.length - at;
        if (mark === undefined) {
          if (isLast || left >= longest) continue;
          const rest = text.slice(at);
          if (marks.some((each) => each.startsWith(rest))) return { at, mark: null };
          continue;
        }
        const isQuoted = quotedIsText && opening.test(at > 0 ? text[at - 1]! : before.slice(-1));
        if (isQuoted && left === mark.length && !isLast) return { at, mark: null };
        const isWrittenAbout = isQuoted && closing.test(text[at + mark.length] ?? "");
        const isCode = codeIsText && isInCode !== (countFences(text.slice(0, at)) % 2 === 1);
        if (!isWrittenAbout && !isCode) return { at, mark };
        at += mark.length - 1;
      }
      return { at: text.length, mark: null };
    },
    pass(text) {
      if (countFences(text) % 2 === 1) isInCode = !isInCode;
      const end = (before + text).slice(-3);
      before = end === "```" ? "" : end;
    },
  };
}
