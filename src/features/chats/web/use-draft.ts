import { useCallback, useEffect, useRef, useState } from "react";
import { readStored, writeStored } from "../../../ui/stored.ts";

const writeAfterMs = 300;

/** The unsent text of one chat, kept in this browser. */
export function useDraft(chatId: string): [string, (text: string) => void] {
  const key = `shobar.draft.${chatId}`;
  const [draft, setDraft] = useState(() => readStored(key) ?? "");
  const unwritten = useRef<string | null>(null);
  const timer = useRef(0);
  const write = useCallback(() => {
    if (unwritten.current !== null) writeStored(key, unwritten.current === "" ? null : unwritten.current);
    unwritten.current = null;
  }, [key]);
  useEffect(() => {
    addEventListener("pagehide", write);
    return () => {
      removeEventListener("pagehide", write);
      write();
    };
  }, [write]);
  const change = useCallback(
    (text: string) => {
      unwritten.current = text;
      setDraft(text);
      clearTimeout(timer.current);
      if (text === "") write();
      else timer.current = window.setTimeout(write, writeAfterMs);
    },
    [write],
  );
  return [draft, change];
}
