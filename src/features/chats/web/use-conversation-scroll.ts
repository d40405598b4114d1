// Where the view stands in a conversation. On send the question moves under the top bar; after that the view never
// moves by itself. `isEndHidden` says that text is out of sight below.
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

const settleMs = 3000;

interface Scroll {
  readonly boxRef: RefObject<HTMLDivElement | null>;
  /** On the turn that was sent last. */
  readonly turnRef: RefObject<HTMLElement | null>;
  /** After the last line of the conversation. */
  readonly endRef: (end: HTMLDivElement | null) => void;
  readonly isEndHidden: boolean;
  readonly goToEnd: () => void;
}

export function useConversationScroll(isReady: boolean, newTurnKey: string | null): Scroll {
  const boxRef = useRef<HTMLDivElement>(null);
  const turnRef = useRef<HTMLElement>(null);
  const [end, setEnd] = useState<HTMLDivElement | null>(null);
  const [isEndHidden, setEndHidden] = useState(false);
  const wasReady = useRef(false);
  useLayoutEffect(() => {
    const box = boxRef.current;
    if (!isReady || box === null) return;
    const isFirst = !wasReady.current;
    wasReady.current = true;
    if (newTurnKey !== null && turnRef.current !== null) {
      box.scrollTo({ top: turnRef.current.offsetTop, behavior: isFirst || prefersStill() ? "instant" : "smooth" });
    } else if (isFirst) {
      return stayAtEnd(box);
    }
  }, [isReady, newTurnKey]);
  useEffect(() => {
    if (end === null || boxRef.current === null) return;
    const observer = new IntersectionObserver(
      ([entry]) =>
        entry !== undefined &&
        setEndHidden(!entry.isIntersecting && entry.boundingClientRect.top > (entry.rootBounds?.bottom ?? 0) - 1),
      { root: boxRef.current },
    );
    observer.observe(end);
    return () => observer.disconnect();
  }, [end]);
  const goToEnd = useCallback(() => {
    end?.scrollIntoView({ block: "end", behavior: prefersStill() ? "instant" : "smooth" });
  }, [end]);
  return { boxRef, turnRef, endRef: setEnd, isEndHidden, goToEnd };
}

/** Formulas and colours that load late make an opened conversation longer: stay at its end until the reader moves. */
function stayAtEnd(box: HTMLElement): () => void {
  const toEnd = () => box.scrollTo({ top: box.scrollHeight, behavior: "instant" });
  const growth = new ResizeObserver(toEnd);
  const stop = () => growth.disconnect();
  const timer = setTimeout(stop, settleMs);
  toEnd();
  if (box.firstElementChild !== null) growth.observe(box.firstElementChild);
  for (const move of ["wheel", "pointerdown", "keydown", "touchstart"]) addEventListener(move, stop, { once: true });
  return () => {
    clearTimeout(timer);
    stop();
    for (const move of ["wheel", "pointerdown", "keydown", "touchstart"]) removeEventListener(move, stop);
  };
}

function prefersStill(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
