import { type ReactNode, useId } from "react";

interface Option<Value extends string> {
  readonly value: Value;
  readonly label: string;
}

interface Props<Value extends string> {
  readonly label: string;
  readonly help?: ReactNode;
  readonly value: Value;
  readonly options: readonly Option<Value>[];
  readonly onChange: (value: Value) => void;
}

/** A few choices side by side, one of them taken. Arrow keys move, as in every radio group. */
export function Choice<Value extends string>({ label, help, value, options, onChange }: Props<Value>) {
  const name = useId();
  return (
    <fieldset className="flex flex-col gap-1" aria-describedby={help ? `${name}-help` : undefined}>
      <legend className="mb-1 text-interface font-medium">{label}</legend>
      <div className="flex flex-wrap gap-2">
        {options.map((option) => (
          <label
            key={option.value}
            className="flex min-h-control cursor-pointer items-center gap-2 rounded-control border border-control px-3 py-1 text-interface hover:bg-hover has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent"
          >
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
              className="accent-accent outline-none"
            />
            {option.label}
          </label>
        ))}
      </div>
      {help ? (
        <p id={`${name}-help`} className="text-dense text-text-2">
          {help}
        </p>
      ) : null}
    </fieldset>
  );
}
