import { useSyncExternalStore } from "react";

const query = "(min-width: 64rem)";

/** Whether the sidebar has its place beside the page. */
export function useIsWide(): boolean {
  return useSyncExternalStore(
    (onChange) => {
      const media = matchMedia(query);
      media.addEventListener("change", onChange);
      return () => media.removeEventListener("change", onChange);
    },
    () => matchMedia(query).matches,
  );
}
