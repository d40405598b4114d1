import { type KeyboardEvent, type PointerEvent, useState } from "react";
import { useText } from "../ui/i18n/language-provider.tsx";
import { readStored, writeStored } from "../ui/stored.ts";

// In the page's text size, so that larger text gets a wider sidebar: 220, 264 and 360 pixels at the usual size.
const narrowestRem = 13.75;
const usualRem = 16.5;
const widestRem = 22.5;
const stepRem = 1;
const storageKey = "shobar.sidebar-width";

/** The width of the sidebar, kept in this browser. */
export function useSidebarWidth(): [widthRem: number, setWidth: (widthRem: number) => void] {
  const [width, setWidth] = useState(() => within(Number(readStored(storageKey) ?? usualRem)));
  const change = (next: number) => {
    setWidth(within(next));
    writeStored(storageKey, String(within(next)));
  };
  return [width, change];
}

function within(widthRem: number): number {
  return Number.isFinite(widthRem) ? Math.min(widestRem, Math.max(narrowestRem, widthRem)) : usualRem;
}

interface Props {
  readonly widthRem: number;
  readonly onChange: (widthRem: number) => void;
}

/** The edge of the sidebar: dragged, moved with arrow keys, set back by a double click. */
export function SidebarEdge({ widthRem, onChange }: Props) {
  const text = useText();
  const press = (event: KeyboardEvent<HTMLElement>) => {
    const towardsEnd = isRightToLeft(event.currentTarget) ? -stepRem : stepRem;
    const places: Readonly<Record<string, number>> = {
      ArrowRight: widthRem + towardsEnd,
      ArrowLeft: widthRem - towardsEnd,
      Home: narrowestRem,
      End: widestRem,
    };
    const next = places[event.key];
    if (next === undefined) return;
    event.preventDefault();
    onChange(next);
  };
  const drag = (event: PointerEvent<HTMLElement>) => {
    const edge = event.currentTarget;
    const sidebar = edge.parentElement?.getBoundingClientRect();
    if (!edge.hasPointerCapture(event.pointerId) || sidebar === undefined) return;
    const width = isRightToLeft(edge) ? sidebar.right - event.clientX : event.clientX - sidebar.left;
    onChange(width / Number.parseFloat(getComputedStyle(document.documentElement).fontSize));
  };
  return (
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label={text.shell.sidebarWidth}
      aria-valuemin={narrowestRem}
      aria-valuemax={widestRem}
      aria-valuenow={widthRem}
      tabIndex={0}
      onKeyDown={press}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
      onDoubleClick={() => onChange(usualRem)}
      className="absolute inset-y-0 -end-1 z-10 w-2 cursor-col-resize touch-none transition-colors hover:bg-hover active:bg-hover"
    />
  );
}

function isRightToLeft(element: HTMLElement): boolean {
  return getComputedStyle(element).direction === "rtl";
}
