// How long answers became lately, and so how many tokens those may still have that are being written.
export interface AnswerLengths {
  add(tokens: number): void;
  /** Null until one has ended. */
  readonly typical: number | null;
  /**
   * Tokens that are left of answers that are this far, each bounded by what its request allows. Of several the one that is
   * furthest is taken to end soonest: the first to end, on which a wait depends, is shorter than any of them on average.
   */
  left(answers: readonly AnswerSoFar[]): readonly number[];
}

export interface AnswerSoFar {
  readonly tokens: number;
  readonly mostTokens: number;
}

const remembered = 64;
/** What is left of an answer that is longer than all before it, as a part of what it has. */
const leftOfLongest = 0.25;
const unknownLength = 200;

export function createAnswerLengths(): AnswerLengths {
  const lengths: number[] = [];
  let typical: number | null = null;
  const longerThan = (tokens: number) =>
    lengths.filter((length) => length > tokens).toSorted((one, other) => one - other);
  const leftAt = ({ tokens, mostTokens }: AnswerSoFar, part: number) => {
    const longer = longerThan(tokens);
    const usual = longer[Math.min(longer.length - 1, Math.floor(longer.length * part))];
    const unknown = lengths.length === 0 ? unknownLength - tokens : tokens * leftOfLongest;
    const left = usual === undefined ? unknown : usual - tokens;
    return Math.max(1, Math.min(left, mostTokens - tokens));
  };

  return {
    add(tokens) {
      lengths.push(tokens);
      if (lengths.length > remembered) lengths.shift();
      typical = longerThan(-1)[Math.floor(lengths.length / 2)] as number;
    },
    get typical() {
      return typical;
    },
    left(answers) {
      const furthestFirst = answers
        .map((answer, index) => ({ answer, index }))
        .toSorted((one, other) => other.answer.tokens - one.answer.tokens);
      const left = answers.map(() => 0);
      for (const [rank, { answer, index }] of furthestFirst.entries())
        left[index] = leftAt(answer, (rank + 0.5) / answers.length);
      return left;
    },
  };
}
