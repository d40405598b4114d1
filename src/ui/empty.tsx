import type { ReactNode } from "react";

/** An empty place: one sentence on what it is for and what to do first. */
export function Empty({ sentence, action }: { sentence: string; action?: ReactNode }) {
  return (
    <div className="flex flex-col items-start gap-4 rounded-card border border-dashed border-border px-4 py-6 text-interface text-text-2">
      <p>{sentence}</p>
      {action}
    </div>
  );
}
