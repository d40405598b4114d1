import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { type ReactNode, useRef } from "react";
import { PopupPlace } from "./popup-place.tsx";
import { useText } from "./i18n/language-provider.tsx";
import { Icon } from "./icon.tsx";
import { iconButtonClasses } from "./icon-button.tsx";

interface Props {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly children: ReactNode;
}

/**
 * One dialog at a time: focus goes to its first field, stays inside, and returns to where it was; Escape closes. Fields
 * inside must not ask for the focus themselves: then the place to return to would be lost.
 */
export function Dialog({ open, onClose, title, children }: Props) {
  const text = useText();
  const popup = useRef<HTMLDivElement>(null);
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="appear fixed inset-0 z-40 bg-backdrop" />
        <Base.Viewport className="fixed inset-0 z-40 grid place-items-center overflow-y-auto p-4">
          <Base.Popup
            ref={popup}
            initialFocus={() => popup.current?.querySelector("input") ?? true}
            className="appear w-full max-w-card rounded-composer border border-border bg-raised p-6 shadow-float"
          >
            <div className="-me-2 -mt-2 mb-2 flex items-start gap-2">
              <Base.Title className="flex min-h-control grow items-center text-section font-semibold">
                {title}
              </Base.Title>
              <Base.Close aria-label={text.common.close} className={iconButtonClasses}>
                <Icon of={X} />
              </Base.Close>
            </div>
            <PopupPlace>{children}</PopupPlace>
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  );
}
