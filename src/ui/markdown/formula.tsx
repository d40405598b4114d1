import { useLayoutEffect, useRef, useState } from "react";
import { useText } from "../i18n/language-provider.tsx";
import { useFormulaDrawing } from "./formula-drawing.ts";

interface Props {
  readonly tex: string;
  readonly isBlock: boolean;
  /** While it is open it is drawn as far as it makes sense, so that its box has its height before text follows. */
  readonly isClosed: boolean;
}

/** A formula; until its drawing code is loaded, and where it is wrong, its source is shown. */
export function Formula({ tex, isBlock, isClosed }: Props) {
  const text = useText();
  const draw = useFormulaDrawing();
  const place = useRef<HTMLSpanElement>(null);
  const [isDrawn, setDrawn] = useState(false);
  // Before the browser paints: the text that comes with it is placed once.
  useLayoutEffect(() => {
    if (draw == null || place.current === null) return;
    // A half formula that is wrong keeps the drawing of the step before.
    const isRight = draw(place.current, tex, isBlock);
    if (isRight || isClosed) setDrawn(isRight);
  }, [draw, tex, isBlock, isClosed]);
  const source = isDrawn ? null : <code>{tex}</code>;
  if (!isBlock) {
    return (
      <span dir="ltr">
        <span ref={place} hidden={!isDrawn} />
        {source}
      </span>
    );
  }
  return (
    <div
      dir="ltr"
      role="group"
      aria-label={text.markdown.formula}
      tabIndex={0}
      className={`wide min-h-12 py-2 ${isDrawn ? "text-center" : "text-start"}`}
    >
      <span ref={place} hidden={!isDrawn} />
      {source}
    </div>
  );
}
