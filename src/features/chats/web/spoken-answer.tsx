import { useEffect, useRef, useState } from "react";
import { finishedSentences } from "./finished-sentences.ts";

const betweenMs = 1500;

/** Reads a growing answer aloud by whole sentences, for screen readers; not more often than they can follow. */
export function SpokenAnswer({ text }: { text: string }) {
  const [spoken, setSpoken] = useState("");
  const latest = useRef(text);
  // What was there when the page was opened is read by the reader itself.
  const upTo = useRef(text.length);
  useEffect(() => {
    latest.current = text;
  }, [text]);
  useEffect(() => {
    const timer = setInterval(() => {
      const { sentences, end } = finishedSentences(latest.current, upTo.current);
      if (sentences === "") return;
      upTo.current = end;
      setSpoken(sentences);
    }, betweenMs);
    return () => clearInterval(timer);
  }, []);
  return (
    <div aria-live="polite" className="sr-only">
      {spoken}
    </div>
  );
}
