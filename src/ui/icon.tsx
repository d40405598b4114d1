import type { LucideIcon } from "lucide-react";

/** An icon at 16 px beside text; never alone without a label on the control around it. */
export function Icon({ of: Drawing, className = "" }: { of: LucideIcon; className?: string }) {
  return <Drawing aria-hidden="true" focusable="false" strokeWidth={1.75} className={`size-4 shrink-0 ${className}`} />;
}
