import { flushSync } from "react-dom";

// The processor that draws is often the one that the model runs on: drawing takes at most a sixteenth of the time.
const restPerDraw = 16;
const shortestBetweenMs = 50;
const longestBetweenMs = 250;

export interface PacedDraws<State> {
  readonly latest: () => State;
  /** Shows this part of the state with the next draw. */
  readonly change: (part: Partial<State>) => void;
  readonly stop: () => void;
}

/** Collects changes and shows them together in an animation frame, twenty times a second where drawing is cheap. */
export function createPacedDraws<State extends object>(first: State, show: (state: State) => void): PacedDraws<State> {
  let latest = first;
  let nextAt = 0;
  let isPlanned = false;
  let timer: number | undefined;
  let frame: number | undefined;
  const draw = () => {
    isPlanned = false;
    const startedAt = performance.now();
    // In this very frame: left to React's scheduler it would be drawn in the next one, and this one for nothing.
    flushSync(() => show(latest));
    nextAt = startedAt + shortestBetweenMs;
    // The next task runs when layout and paint of this frame are done: so long did the whole draw take.
    setTimeout(() => {
      const costMs = performance.now() - startedAt;
      nextAt = startedAt + Math.min(longestBetweenMs, Math.max(shortestBetweenMs, costMs * restPerDraw));
    });
  };
  const plan = () => {
    timer = window.setTimeout(
      () => {
        frame = requestAnimationFrame(draw);
      },
      Math.max(0, nextAt - performance.now()),
    );
  };
  return {
    latest: () => latest,
    change(part) {
      latest = { ...latest, ...part };
      if (isPlanned) return;
      isPlanned = true;
      plan();
    },
    stop() {
      clearTimeout(timer);
      if (frame !== undefined) cancelAnimationFrame(frame);
    },
  };
}
