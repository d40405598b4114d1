import { useText } from "../../../ui/i18n/language-provider.tsx";
import { OriginIcon } from "../../../ui/origin-icon.tsx";
import type { Model } from "../contract.ts";

/** Where it lies or answers, in words. */
export function PlaceLine({ model }: { model: Model }) {
  const text = useText();
  return (
    <span className="flex items-center gap-2 text-dense text-text-3">
      <OriginIcon madeBy={model.madeBy} />
      {model.place === null ? text.models.placeElsewhere({ name: model.madeBy }) : text.models.places[model.place.kind]}
    </span>
  );
}
