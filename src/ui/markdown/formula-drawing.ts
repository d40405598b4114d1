// The code that draws formulas comes with the first formula. What follows a formula waits for it, so that nothing that
// is already read moves.
import { createContext, useContext, useEffect, useState } from "react";

type DrawFormula = typeof import("./draw-formula.ts").drawFormula;
/** undefined: on its way. null: it did not come, sources are shown instead. */
export type FormulaDrawing = DrawFormula | null | undefined;

export const FormulaDrawingContext = createContext<FormulaDrawing>(undefined);

export function useFormulaDrawing(): FormulaDrawing {
  return useContext(FormulaDrawingContext);
}

/** Loads the drawing code and its fonts once `isNeeded`; later formulas are then drawn in the frame that they come in. */
export function useLoadedFormulaDrawing(isNeeded: boolean): FormulaDrawing {
  const [drawing, setDrawing] = useState<FormulaDrawing>();
  useEffect(() => {
    if (!isNeeded) return;
    let current = true;
    const load = async () => {
      const { drawFormula, formulaFontsLoaded } = await import("./draw-formula.ts");
      await formulaFontsLoaded();
      return drawFormula;
    };
    void load()
      .catch(() => null)
      .then((loaded) => current && setDrawing(() => loaded));
    return () => {
      current = false;
    };
  }, [isNeeded]);
  return drawing;
}
