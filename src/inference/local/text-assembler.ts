// From token bytes to text that people see: UTF-8 pieces become whole characters, what could still be the start of a
// stop string is held back, and so is the last cluster of letters where marks may follow (Bengali, emoji, ...).

/** What a piece added: text to show now, and whether a stop string was completed. */
export interface AssembledText {
  readonly text: string;
  readonly stopped: boolean;
}

export interface TextAssembler {
  /** Adds one token's bytes. After `stopped` nothing may be added; the stop string itself is never part of `text`. */
  add(bytes: Uint8Array): AssembledText;
  /** What is still held back when the answer ends; half a character is dropped. */
  end(): string;
}

/** A cluster longer than this is shown although it may go on: nothing is held back for ever. */
const longestHeldCluster = 64;

const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });

// Scripts whose letters stand alone: their last letter is shown at once. ASCII digits, # and * may become keycap emoji.
const standsAlone =
  /^(?:[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{P}\p{Sc}\p{Zs}\t\n+<=>^`|~$])$/u;
const keycapBase = /^[0-9#*]$/;
const startsWithMark = /^[\p{M}\u200d]/u;

export function createTextAssembler(stop: readonly string[]): TextAssembler {
  const stops = stop.filter((text) => text !== "");
  // Broken bytes in the middle become U+FFFD, as everywhere; ignoreBOM keeps a U+FEFF that the model wrote.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let held = "";
  let lettersTakeMarks = false;

  return {
    add(bytes) {
      const added = decoder.decode(bytes, { stream: true });
      if (added === "") return { text: "", stopped: false };
      // A mark after a letter already shown: this text writes letters and marks apart, so from now on letters wait.
      if (held === "" && startsWithMark.test(added)) lettersTakeMarks = true;
      held += added;
      const stopAt = findFirst(held, stops);
      if (stopAt >= 0) return { text: take(stopAt), stopped: true };
      const cut = Math.min(stopStart(held, stops), clusterStart(held, lettersTakeMarks));
      return { text: take(cut), stopped: false };
    },
    end: () => take(held.length),
  };

  function take(length: number): string {
    const text = held.slice(0, length);
    held = held.slice(length);
    return text;
  }
}

function findFirst(text: string, stops: readonly string[]): number {
  let first = -1;
  for (const stop of stops) {
    const at = text.indexOf(stop);
    if (at >= 0 && (first < 0 || at < first)) first = at;
  }
  return first;
}

/** Where the longest tail begins that is a proper start of a stop string; the text's length if none is. */
function stopStart(text: string, stops: readonly string[]): number {
  let start = text.length;
  for (const stop of stops) {
    for (let length = Math.min(stop.length - 1, text.length); length > text.length - start; length -= 1) {
      if (text.endsWith(stop.slice(0, length))) {
        start = text.length - length;
        break;
      }
    }
  }
  return start;
}

/** Where the last cluster begins if it may still grow, else the text's length. */
function clusterStart(text: string, lettersTakeMarks: boolean): number {
  const last = text.at(-1) as string;
  if (!lettersTakeMarks && standsAlone.test(last) && !keycapBase.test(last)) return text.length;
  // Enough to hold the last cluster whole; segmenting more would cost time for nothing.
  const from = Math.max(0, text.length - 4 * longestHeldCluster);
  let start = text.length;
  for (const { index } of graphemes.segment(text.slice(from))) start = from + index;
  return text.length - start > longestHeldCluster ? text.length : start;
}
