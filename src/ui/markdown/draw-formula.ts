// KaTeX, loaded with the first formula. It builds DOM nodes, never HTML text; nothing it draws can link, load or run.
import katex from "katex";
import "katex/dist/katex.min.css";

/** Draws into `place`. False: the formula is wrong or too large and its source must be shown. */
export function drawFormula(place: HTMLElement, tex: string, isBlock: boolean): boolean {
  if (tex.length > 5000) return false;
  try {
    katex.render(tex, place, {
      displayMode: isBlock,
      throwOnError: true,
      trust: false,
      strict: "ignore",
      maxSize: 20,
      maxExpand: 500,
      output: "htmlAndMathml",
    });
    return true;
  } catch {
    place.replaceChildren();
    return false;
  }
}
