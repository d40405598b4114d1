import { useEffect, useRef, useState } from "react";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { finishedSentences, plainWords } from "./finished-sentences.ts";

const betweenMs = 1500;
const spokenWithinMs = 3000;

/** Reads a growing answer aloud by whole sentences, for screen readers; not more often than they can follow. */
export function SpokenAnswer({ text, isWritten }: { text: string; isWritten: boolean }) {
  const { conversation } = useText();
  const [spoken, setSpoken] = useState("");
  const latest = useRef(text);
  // What was there when the page was opened is read by the reader itself.
  const upTo = useRef(text.length);
  const wasWritten = useRef(false);
  useEffect(() => {
    latest.current = text;
  }, [text]);
  useEffect(() => {
    if (spoken === "" || isWritten) return;
    // Taken away once it was said: who reads on through the page must not meet the answer twice.
    const timer = setTimeout(() => setSpoken(""), spokenWithinMs);
    return () => clearTimeout(timer);
  }, [spoken, isWritten]);
  useEffect(() => {
    if (!isWritten && !wasWritten.current) return;
    wasWritten.current = isWritten;
    const speak = () => {
      if (!isWritten) return setSpoken(`${plainWords(latest.current.slice(upTo.current))} ${conversation.finished}`);
      const { sentences, end } = finishedSentences(latest.current, upTo.current);
      if (sentences === "") return;
      upTo.current = end;
      setSpoken(sentences);
    };
    const timer = isWritten ? setInterval(speak, betweenMs) : setTimeout(speak);
    return () => clearInterval(timer);
  }, [isWritten, conversation]);
  return (
    <div aria-live="polite" className="sr-only">
      {spoken}
    </div>
  );
}
