import type { ReactNode } from "react";

/** A titled part of the page of building blocks. */
export function DesignPart({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <h3 className="font-semibold">{title}</h3>
      {children}
    </div>
  );
}
