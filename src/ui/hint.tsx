import { Tooltip } from "@base-ui/react/tooltip";
import type { ReactElement } from "react";
import { usePopupPlace } from "./popup-place.tsx";

/** The name of a control, shown while it is pointed at or focused. The control carries its own accessible label. */
export function Hint({ text, children }: { text: string; children: ReactElement<Record<string, unknown>> }) {
  const place = usePopupPlace();
  return (
    <Tooltip.Root>
      <Tooltip.Trigger render={children} />
      <Tooltip.Portal container={place}>
        <Tooltip.Positioner sideOffset={6} className="z-50">
          <Tooltip.Popup className="appear rounded-control border border-border bg-raised px-2 py-1 text-meta text-text shadow-float">
            {text}
          </Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}

export const HintProvider = Tooltip.Provider;
