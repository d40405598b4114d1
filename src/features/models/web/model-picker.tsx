import { useText } from "../../../ui/i18n/language-provider.tsx";
import { OriginIcon } from "../../../ui/origin-icon.tsx";
import { Select } from "../../../ui/select.tsx";
import type { Model } from "../contract.ts";

interface Props {
  /** undefined: not known yet. */
  readonly models: readonly Model[] | undefined;
  readonly chosen: Model | undefined;
  readonly onChoose: (modelId: string) => void;
  readonly open?: boolean;
  readonly onOpenChange?: (open: boolean) => void;
}

/** Which model answers next, and where it runs. */
export function ModelPicker({ models, chosen, onChoose, ...openness }: Props) {
  const text = useText();
  if (models === undefined) return null;
  const options = models.map((model) => ({
    value: model.id,
    label: model.name,
    note: model.isStarter ? text.models.starter : placeOf(model, text.common.here),
  }));
  return (
    <Select
      label={text.composer.model({ name: chosen?.name ?? text.composer.noModel })}
      value={chosen?.id ?? null}
      options={options}
      onChange={onChoose}
      placeholder={text.composer.noModel}
      start={chosen === undefined ? null : <OriginIcon madeBy={chosen.madeBy} />}
      {...openness}
    />
  );
}

function placeOf(model: Model, here: string): string {
  return model.madeBy === "here" ? here : model.madeBy;
}
