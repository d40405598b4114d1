// KaTeX, loaded with the first formula. It builds DOM nodes, never HTML text; nothing it draws can link, load or run.
import katex from "katex";
import "katex/dist/katex.min.css";

const longestTex = 5000;
/** What nearly every formula is set in. Loaded before the first is shown, so that no sign changes its width later. */
const fonts = ["KaTeX_Main", "italic KaTeX_Math", "KaTeX_AMS", ...[1, 2, 3, 4].map((size) => `KaTeX_Size${size}`)];
const longestFontWaitMs = 2000;

export async function formulaFontsLoaded(): Promise<void> {
  const loads = fonts.map((font) => document.fonts.load(font.replace("KaTeX", "1em KaTeX")));
  const longest = new Promise((resolve) => setTimeout(resolve, longestFontWaitMs));
  await Promise.race([Promise.allSettled(loads), longest]);
}

/** Draws into `place`. False: the formula is wrong or too long; then `place` stays as it was. */
export function drawFormula(place: HTMLElement, tex: string, isBlock: boolean): boolean {
  if (tex.length > longestTex) return false;
  const drawing = document.createElement("span");
  try {
    katex.render(tex, drawing, {
      displayMode: isBlock,
      throwOnError: true,
      trust: false,
      strict: "ignore",
      maxSize: 20,
      maxExpand: 500,
      output: "htmlAndMathml",
    });
  } catch {
    return false;
  }
  place.replaceChildren(drawing);
  return true;
}
