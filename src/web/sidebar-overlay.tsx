import { Dialog } from "@base-ui/react/dialog";
import type { ReactNode } from "react";
import { useText } from "../ui/i18n/language-provider.tsx";

/** The sidebar over the page, on phones and small windows. */
export function SidebarOverlay({
  isOpen,
  onClose,
  children,
}: {
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
}) {
  const text = useText();
  return (
    <Dialog.Root open={isOpen} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="appear fixed inset-0 z-20 bg-backdrop" />
        <Dialog.Popup
          aria-label={text.shell.navigation}
          className="appear-side fixed inset-y-0 start-0 z-20 w-sidebar max-w-9/10 border-e border-border bg-canvas outline-none"
        >
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
