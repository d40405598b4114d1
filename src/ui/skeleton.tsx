import { useEffect, useState } from "react";
import { useText } from "./i18n/language-provider.tsx";

const wordsAfterMs = 2000;

/** Grey rows in the final shape: nothing for 300 ms, then the rows, after 2 s words. */
export function Skeleton({ rows, rowClasses = "h-row" }: { rows: number; rowClasses?: string }) {
  const text = useText();
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), wordsAfterMs);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div role="status" className="flex flex-col gap-2 late">
      <span className="sr-only">{text.common.loading}</span>
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className={`pulse rounded-control bg-sunken ${rowClasses}`} />
      ))}
      <p className="min-h-row text-dense text-text-2">{isSlow ? text.common.stillLoading : null}</p>
    </div>
  );
}
