// How fast a finished answer was made, in tokens and in words: people read words, and how many tokens a word takes
// depends on the model and the language.
import type { EngineCallListener } from "./engine-process-requests.ts";

export interface MeasuredAnswer {
  readonly modelId: string;
  /** As its description has it. */
  readonly bytesPerToken: number | null;
  readonly tokensPerSecond: number;
  readonly wordsPerToken: number;
}

/** Fewer say more about the clock than about the model. */
const leastTokens = 8;
/** Words are counted in the first so many characters: counting stops the server for a moment. */
const mostCharacters = 2000;

/** Hands every event on; tells the speed after the end. */
export function measureAnswer(
  model: Pick<MeasuredAnswer, "modelId" | "bytesPerToken">,
  listener: EngineCallListener,
  onMeasured: (measured: MeasuredAnswer) => void,
): EngineCallListener {
  let text = "";
  let textTokens = 0;
  return (event) => {
    listener(event);
    if (event.type === "text" && text.length < mostCharacters) {
      text += event.text;
      textTokens += event.tokens;
    }
    if (event.type !== "ended") return;
    const { tokens, ms } = event.alone;
    const words = countWords(text);
    if (tokens < leastTokens || ms <= 0 || textTokens === 0 || words === 0) return;
    const speed = { tokensPerSecond: (1000 * tokens) / ms, wordsPerToken: words / textTokens };
    onMeasured({ modelId: model.modelId, bytesPerToken: model.bytesPerToken, ...speed });
  };
}

/** Also of languages that put no blanks between words. */
function countWords(text: string): number {
  const segments = new Intl.Segmenter(undefined, { granularity: "word" }).segment(text);
  return [...segments].filter(({ isWordLike }) => isWordLike === true).length;
}
