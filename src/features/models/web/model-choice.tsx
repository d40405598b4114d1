import { useId } from "react";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import type { Model } from "../contract.ts";
import { FitsLine } from "./fits-line.tsx";
import { ModelFacts } from "./model-facts.tsx";
import { PlaceLine } from "./place-line.tsx";

interface Props {
  readonly models: readonly Model[];
  /** null: this member may only look. */
  readonly onChoose: ((modelId: string) => void) | null;
}

/** The models that are here, one of which answers by default. Arrow keys move, as in every radio group. */
export function ModelChoice({ models, onChoose }: Props) {
  const text = useText();
  const name = useId();
  if (models.length === 0) return null;
  return (
    <fieldset className="flex flex-col gap-2" disabled={onChoose === null}>
      <legend className="mb-1 text-interface font-medium">{text.welcome.answersByDefault}</legend>
      {models.map((model) => (
        <label
          key={model.id}
          className="flex cursor-pointer items-start gap-3 rounded-control border border-control px-3 py-2 hover:bg-hover has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent"
        >
          <input
            type="radio"
            name={name}
            value={model.id}
            checked={model.isDefault}
            onChange={() => onChoose?.(model.id)}
            className="mt-1 accent-accent outline-none"
          />
          <span className="flex min-w-0 flex-col gap-1">
            <span dir="auto" className="font-medium wrap-anywhere">
              {model.name}
            </span>
            {model.isStarter ? <span className="text-dense text-warning">{text.models.starter}</span> : null}
            <ModelFacts {...model} />
            <span className="flex text-dense">
              {model.memory === null ? (
                <PlaceLine model={model} />
              ) : (
                <FitsLine memory={model.memory} speed={model.speed} />
              )}
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
