/** A text that grows by pieces and is read from any position: readers keep a number, not a copy of what they missed. */
export interface AnswerText {
  /** In UTF-16 units, as all positions. */
  readonly length: number;
  append(piece: string): void;
  /** What lies behind `position`; empty when nothing does. */
  from(position: number): string;
}

/** How much of both parts of an answer somebody has. */
export interface AnswerPosition {
  readonly text: number;
  readonly reasoning: number;
}

export const answerStart: AnswerPosition = { text: 0, reasoning: 0 };

/** The id of the event that brings a reader there. */
export function positionId({ text, reasoning }: AnswerPosition): number | string {
  return reasoning === 0 ? text : `${text}-${reasoning}`;
}

export function createAnswerText(start: string): AnswerText {
  const pieces: string[] = start ? [start] : [];
  /** Where each piece ends. */
  const ends: number[] = start ? [start.length] : [];
  return {
    get length() {
      return ends.at(-1) ?? 0;
    },
    append(piece) {
      if (piece) {
        pieces.push(piece);
        ends.push((ends.at(-1) ?? 0) + piece.length);
      }
    },
    from(position) {
      // Readers are nearly always close to the end.
      let first = pieces.length;
      while (first > 0 && ends[first - 1]! > position) {
        first -= 1;
      }
      const rest = pieces.slice(first).join("");
      const begin = first === 0 ? 0 : ends[first - 1]!;
      return position > begin ? rest.slice(position - begin) : rest;
    },
  };
}
