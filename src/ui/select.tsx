import { Select as Base } from "@base-ui/react/select";
import { Check, ChevronDown } from "lucide-react";
import type { ReactNode } from "react";
import { Icon } from "./icon.tsx";
import { usePopupPlace } from "./popup-place.tsx";
import { menuItemClasses, popupClasses } from "./menu.tsx";

export interface SelectOption<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly note?: string;
}

interface Props<Value extends string> {
  /** Read aloud; the chosen label is what is shown. */
  readonly label: string;
  readonly value: Value | null;
  readonly options: readonly SelectOption<Value>[];
  readonly onChange: (value: Value) => void;
  readonly placeholder: string;
  readonly start?: ReactNode;
  readonly open?: boolean;
  readonly onOpenChange?: (open: boolean) => void;
}

/** A quiet select: it opens over the page at the chosen row. */
export function Select<Value extends string>(props: Props<Value>) {
  const place = usePopupPlace();
  const openness = props.open === undefined ? {} : { open: props.open };
  return (
    <Base.Root
      items={props.options}
      value={props.value}
      onValueChange={(value) => value !== null && props.onChange(value)}
      onOpenChange={(open) => props.onOpenChange?.(open)}
      modal={false}
      {...openness}
    >
      <Base.Trigger
        aria-label={props.label}
        className="inline-flex min-h-control max-w-full min-w-0 items-center gap-2 rounded-control px-2 text-interface text-text-2 transition-colors hover:bg-hover hover:text-text data-disabled:opacity-50"
      >
        {props.start}
        <Base.Value className="min-w-0 truncate" placeholder={props.placeholder} />
        <Base.Icon className="flex">
          <Icon of={ChevronDown} />
        </Base.Icon>
      </Base.Trigger>
      <Base.Portal container={place}>
        <Base.Positioner sideOffset={4} align="start" alignItemWithTrigger={false} className="z-30">
          <Base.Popup className={popupClasses}>
            <Base.List>
              {props.options.map((option) => (
                <Base.Item key={option.value} value={option.value} className={menuItemClasses}>
                  <span className="flex min-w-0 grow flex-col">
                    <Base.ItemText>{option.label}</Base.ItemText>
                    {option.note === undefined ? null : <span className="text-meta text-text-3">{option.note}</span>}
                  </span>
                  <Base.ItemIndicator className="flex text-accent">
                    <Icon of={Check} />
                  </Base.ItemIndicator>
                </Base.Item>
              ))}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
