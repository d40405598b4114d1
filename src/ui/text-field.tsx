import { type ComponentProps, type ReactNode, useId } from "react";

type Props = ComponentProps<"input"> & { label: string; help?: ReactNode; problem?: string | null };

export const inputClasses =
  "min-h-control w-full rounded-control border border-control bg-surface px-3 py-1 text-answer text-text disabled:opacity-50 aria-invalid:border-danger sm:text-interface";

/** Label above, help or the problem under the box. */
export function TextField({ label, help, problem = null, className = "", ...props }: Props) {
  const id = useId();
  const note = problem ?? help;
  return (
    <div className={`flex flex-col gap-1 ${className}`}>
      <label htmlFor={id} className="text-interface font-medium">
        {label}
      </label>
      <input
        id={id}
        dir="auto"
        {...props}
        aria-invalid={problem !== null || undefined}
        aria-describedby={note ? `${id}-note` : undefined}
        className={inputClasses}
      />
      {note ? (
        <p id={`${id}-note`} className={`text-dense ${problem === null ? "text-text-2" : "text-danger"}`}>
          {note}
        </p>
      ) : null}
    </div>
  );
}
