import { Menu as Base } from "@base-ui/react/menu";
import type { LucideIcon } from "lucide-react";
import type { ReactElement } from "react";
import { Icon } from "./icon.tsx";
import { usePopupPlace } from "./popup-place.tsx";

export interface MenuItem {
  readonly label: string;
  readonly icon: LucideIcon;
  readonly onSelect: () => void;
  readonly isDestructive?: boolean;
}

/** A list of actions behind a button. */
export function Menu({
  trigger,
  items,
}: {
  trigger: ReactElement<Record<string, unknown>>;
  items: readonly MenuItem[];
}) {
  const place = usePopupPlace();
  return (
    <Base.Root modal={false}>
      <Base.Trigger render={trigger} />
      <Base.Portal container={place}>
        <Base.Positioner sideOffset={4} align="start" className="z-30">
          <Base.Popup className={popupClasses}>
            {items.map((item) => (
              <Base.Item
                key={item.label}
                onClick={item.onSelect}
                className={`${menuItemClasses} ${item.isDestructive === true ? "text-danger" : "text-text"}`}
              >
                <Icon of={item.icon} />
                {item.label}
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

export const popupClasses =
  "appear menu-limits overflow-y-auto rounded-card border border-border bg-raised p-1 text-interface shadow-float outline-none";
export const menuItemClasses =
  "flex min-h-row cursor-default items-center gap-2 rounded-control px-2 py-1 outline-none select-none data-highlighted:bg-hover";
