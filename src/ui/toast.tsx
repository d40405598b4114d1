// Toasts say that something is done, with an Undo where there is one. Errors never come as toasts.
import { X } from "lucide-react";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useRef, useState } from "react";
import { Button } from "./button.tsx";
import { useText } from "./i18n/language-provider.tsx";
import { IconButton } from "./icon-button.tsx";

export interface Toast {
  readonly sentence: string;
  readonly undo?: () => void;
}

interface Shown extends Toast {
  readonly id: number;
}

const shownForMs = 6000;
const ToastContext = createContext<((toast: Toast) => void) | null>(null);

/** Shows a toast at the foot for 6 s, longer while it is pointed at or focused. */
export function useToast(): (toast: Toast) => void {
  const show = useContext(ToastContext);
  if (show === null) throw new Error("ToastProvider is missing above this component.");
  return show;
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const text = useText();
  const [toasts, setToasts] = useState<readonly Shown[]>([]);
  const nextId = useRef(0);
  const show = useCallback((toast: Toast) => {
    nextId.current += 1;
    const id = nextId.current;
    // More than three at once would cover the page: the oldest leaves.
    setToasts((all) => [...all.slice(-2), { ...toast, id }]);
  }, []);
  const remove = useCallback((id: number) => setToasts((all) => all.filter((toast) => toast.id !== id)), []);
  return (
    <ToastContext value={show}>
      {children}
      <section
        aria-label={text.common.notifications}
        aria-live="polite"
        className="pointer-events-none fixed inset-x-0 bottom-0 z-50 flex flex-col items-center gap-2 p-4 safe-bottom"
      >
        {toasts.map((toast) => (
          <ToastRow key={toast.id} toast={toast} onGone={remove} />
        ))}
      </section>
    </ToastContext>
  );
}

function ToastRow({ toast, onGone }: { toast: Shown; onGone: (id: number) => void }) {
  const text = useText();
  const [isHeld, setHeld] = useState(false);
  useEffect(() => {
    if (isHeld) return;
    const timer = setTimeout(() => onGone(toast.id), shownForMs);
    return () => clearTimeout(timer);
  }, [isHeld, toast.id, onGone]);
  const hold = () => setHeld(true);
  const release = () => setHeld(false);
  return (
    <div
      onPointerEnter={hold}
      onPointerLeave={release}
      onFocus={hold}
      onBlur={release}
      className="pointer-events-auto flex max-w-full items-center gap-2 rounded-card border border-border bg-raised py-2 ps-4 pe-2 text-interface shadow-float"
    >
      <span>{toast.sentence}</span>
      {toast.undo === undefined ? null : (
        <Button
          look="quiet"
          className="text-accent"
          onClick={() => {
            toast.undo?.();
            onGone(toast.id);
          }}
        >
          {text.common.undo}
        </Button>
      )}
      <IconButton icon={X} label={text.common.close} onClick={() => onGone(toast.id)} />
    </div>
  );
}
