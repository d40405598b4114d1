import type { ComponentProps } from "react";

export type ButtonLook = "primary" | "secondary" | "quiet" | "danger" | "floating";

const looks: Record<ButtonLook, string> = {
  primary: "bg-accent text-on-accent enabled:hover:opacity-90 enabled:active:opacity-80",
  secondary: "border border-control bg-transparent text-text enabled:hover:bg-hover enabled:active:bg-sunken",
  quiet: "bg-transparent text-text-2 enabled:hover:bg-hover enabled:hover:text-text enabled:active:bg-sunken",
  floating: "border border-border bg-raised text-text shadow-float enabled:hover:bg-hover enabled:active:bg-sunken",
  danger: "border border-danger bg-transparent text-danger enabled:hover:bg-danger-soft",
};

const shape =
  "inline-flex min-h-control max-w-full items-center justify-center gap-2 rounded-control px-3 py-1 text-interface font-medium transition-colors disabled:cursor-not-allowed disabled:opacity-50";

/** The classes of a button, for links and triggers that must look like one. */
export function buttonClasses(look: ButtonLook = "secondary", more = ""): string {
  return `${shape} ${looks[look]} ${more}`;
}

/** One primary button per view. */
export function Button({
  look = "secondary",
  className = "",
  ...props
}: ComponentProps<"button"> & { look?: ButtonLook }) {
  return <button type="button" {...props} className={buttonClasses(look, className)} />;
}
