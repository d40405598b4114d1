// Prompts that no server has seen, so that no cache answers for it, and that are the same for every server of a round.

const subjects = [
  "a lighthouse",
  "a baker",
  "two rivers",
  "an old clock",
  "a shy dragon",
  "the night train",
  "a lost letter",
  "a garden",
];
const places = [
  "in Dhaka",
  "by the sea",
  "on the moon",
  "in a small village",
  "under a bridge",
  "in the mountains",
  "at a market",
  "in winter",
];
const words =
  "river stone window market summer letter engine bridge winter garden mountain paper yellow quiet second number island music forest kitchen".split(
    " ",
  );

/** A question that a small model answers at length. */
export function longAnswerPrompt(round: number, user: number, turn: number): string {
  const number = round * 97 + user * 13 + turn * 7;
  const subject = subjects[number % subjects.length]!;
  const place = places[(number + turn + user) % places.length]!;
  return `Write a very long story, number ${number}, with many chapters about ${subject} ${place}. Describe every detail of every day.`;
}

/** About 30 tokens with the template around it. */
export function shortPrompt(number: number): string {
  const picked = [1, 7, 13].map((step) => words[(number * step + step) % words.length]!);
  return `Please tell me something about ${picked.join(", ")} ${number}.`;
}

/** About `tokens` tokens of plain words; begins differently for every `number`. */
export function longPrompt(number: number, tokens: number): string {
  let state = number + 1;
  const text = Array.from({ length: Math.round(tokens * 0.98) }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return words[state % words.length]!;
  });
  return `Text ${number}. ${text.join(" ")} Write a long story with these words, please.`;
}
