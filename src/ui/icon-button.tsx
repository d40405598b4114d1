import type { LucideIcon } from "lucide-react";
import type { ComponentProps } from "react";
import { Icon } from "./icon.tsx";
import { Hint } from "./hint.tsx";

export const iconButtonClasses =
  "inline-flex size-control shrink-0 items-center justify-center rounded-control text-text-2 transition-colors enabled:hover:bg-hover enabled:hover:text-text enabled:active:bg-sunken disabled:cursor-not-allowed disabled:opacity-50";

type Props = Omit<ComponentProps<"button">, "children"> & { icon: LucideIcon; label: string };

/** A button that is only an icon: its label is read aloud and shown on hover and focus. */
export function IconButton({ icon, label, className = "", ...props }: Props) {
  return (
    <Hint text={label}>
      <button type="button" aria-label={label} {...props} className={`${iconButtonClasses} ${className}`}>
        <Icon of={icon} />
      </button>
    </Hint>
  );
}
