import { createContext, type ReactNode, useContext, useState } from "react";

const PopupPlaceContext = createContext<HTMLElement | null>(null);

/** Menus and lists that open inside are drawn at the end of this part of the page, so that they belong to its landmark. */
export function PopupPlace({ children }: { children: ReactNode }) {
  const [place, setPlace] = useState<HTMLElement | null>(null);
  return (
    <PopupPlaceContext value={place}>
      {children}
      <div ref={setPlace} />
    </PopupPlaceContext>
  );
}

export function usePopupPlace(): HTMLElement | undefined {
  return useContext(PopupPlaceContext) ?? undefined;
}
