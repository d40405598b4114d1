import { useSyncExternalStore } from "react";

/** From here on the sidebar has its place beside the page. */
const besideSidebar = "(min-width: 64rem)";
/** From here on a list has its place beside what it leads to. */
const besideList = "(min-width: 48rem)";

export const useIsWide = (): boolean => useMedia(besideSidebar);
export const useHasRoomForList = (): boolean => useMedia(besideList);

function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (onChange) => {
      const media = matchMedia(query);
      media.addEventListener("change", onChange);
      return () => media.removeEventListener("change", onChange);
    },
    () => matchMedia(query).matches,
  );
}
