import { useEffect, useRef, useState } from "react";
import { useText } from "../i18n/language-provider.tsx";

interface Props {
  readonly tex: string;
  readonly isBlock: boolean;
  /** While it is open it is drawn as far as it makes sense, so that its box has its height before text follows. */
  readonly isClosed: boolean;
}

/** A formula; until its drawing code is loaded, and where it is wrong, its source is shown. */
export function Formula({ tex, isBlock, isClosed }: Props) {
  const text = useText();
  const place = useRef<HTMLSpanElement>(null);
  const [isDrawn, setDrawn] = useState(false);
  useEffect(() => {
    let current = true;
    void import("./draw-formula.ts")
      .then(({ drawFormula }) => {
        if (!current || place.current === null) return;
        // A half formula that is wrong keeps the drawing of the step before.
        const isRight = drawFormula(place.current, tex, isBlock);
        if (isRight || isClosed) setDrawn(isRight);
      })
      .catch(() => undefined);
    return () => {
      current = false;
    };
  }, [tex, isBlock, isClosed]);
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
