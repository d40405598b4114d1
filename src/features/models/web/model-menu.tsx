import { Check, Ellipsis, EyeOff, Play, Trash2 } from "lucide-react";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { iconButtonClasses } from "../../../ui/icon-button.tsx";
import { Menu, type MenuItem } from "../../../ui/menu.tsx";
import type { Model } from "../contract.ts";
import { type ModelActions, rowAction } from "./model-actions.ts";

interface Props {
  readonly model: Model;
  readonly actions: ModelActions;
}

/** What an admin may do with a model, beside the one button of its row. */
export function ModelMenu({ model, actions }: Props) {
  const text = useText();
  const items = itemsFor(model, actions, text.models);
  if (items.length === 0) return null;
  return (
    <Menu
      trigger={
        <button type="button" aria-label={text.models.actions({ name: model.name })} className={iconButtonClasses}>
          <Icon of={Ellipsis} />
        </button>
      }
      items={items}
    />
  );
}

type Words = ReturnType<typeof useText>["models"];

function itemsFor(model: Model, actions: ModelActions, words: Words): readonly MenuItem[] {
  const { place, state } = model;
  const placeId = place?.placeId ?? null;
  const isUsable = state.status !== "unavailable";
  const inRow = rowAction(model);
  return [
    ...(state.status === "idle" && inRow !== "load"
      ? [{ label: words.load, icon: Play, onSelect: () => actions.load(model) }]
      : []),
    ...(isUsable && !model.isDefault && inRow !== "make-default"
      ? [{ label: words.makeDefault, icon: Check, onSelect: () => actions.makeDefault(model) }]
      : []),
    ...(placeId === null
      ? []
      : [
          {
            label: place?.kind === "folder" ? words.stopUsingFolder : words.stopUsing,
            icon: EyeOff,
            onSelect: () => actions.stopUsing(model, placeId),
          },
        ]),
    ...(place?.kind === "models-folder"
      ? [{ label: words.deleteFile, icon: Trash2, onSelect: () => actions.remove(model), isDestructive: true }]
      : []),
  ];
}
