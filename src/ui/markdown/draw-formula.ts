// KaTeX, loaded with the first formula. It builds DOM nodes, never HTML text; nothing it draws can link, load or run.
import katex from "katex";
import "katex/dist/katex.min.css";

const longestTex = 5000;

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
