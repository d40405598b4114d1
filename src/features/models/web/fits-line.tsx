import { CircleCheck, CircleX } from "lucide-react";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { Icon } from "../../../ui/icon.tsx";
import type { Model } from "../contract.ts";

/** Whether a model fits this machine, with the number: an icon and words. */
export function FitsLine({ memory }: { memory: NonNullable<Model["memory"]> }) {
  const text = useText();
  const { neededBytes: needed, freeBytes: free, fits } = memory;
  return (
    <p className={`tabular flex items-center gap-2 ${fits ? "text-text-2" : "text-danger"}`}>
      <Icon of={fits ? CircleCheck : CircleX} />
      <span>
        {text.models.fits}: {fits ? text.models.fitsYes({ needed }) : text.models.fitsNo({ needed, free })}
      </span>
    </p>
  );
}
