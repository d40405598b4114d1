import { Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { PanelLeft, SquarePen } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { FailedRestores } from "../features/chats/web/failed-restores.tsx";
import { UpgradeNotice } from "../features/upgrades/web/upgrade-notice.tsx";
import { useMe } from "../features/users/web/use-me.ts";
import { useLanguage } from "../ui/i18n/language-provider.tsx";
import { IconButton } from "../ui/icon-button.tsx";
import { PageTopEnds } from "../ui/page-top.tsx";
import { PopupPlace } from "../ui/popup-place.tsx";
import { readStored, writeStored } from "../ui/stored.ts";
import { applyTheme } from "../ui/theme-choice.ts";
import { Sidebar } from "./sidebar.tsx";
import { SidebarEdge, useSidebarWidth } from "./sidebar-edge.tsx";
import { SidebarOverlay } from "./sidebar-overlay.tsx";
import { useIsWide } from "./use-is-wide.ts";

const collapsedKey = "shobar.sidebar";

/** Sidebar and page. On wide windows the sidebar stands beside the page and can be put away, else it overlays it. */
export function AppShell() {
  const { text } = useLanguage();
  const isWide = useIsWide();
  const [isCollapsed, setCollapsed] = useState(() => readStored(collapsedKey) === "collapsed");
  const [widthRem, setWidthRem] = useSidebarWidth();
  // Open over one page: going to another closes it.
  const [overlaidPath, setOverlaidPath] = useState<string | null>(null);
  const main = useRef<HTMLElement>(null);
  useOwnSettings();
  useFocusOnNewPage(main);
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  const collapse = (next: boolean) => {
    setCollapsed(next);
    writeStored(collapsedKey, next ? "collapsed" : null);
  };
  const isSidebarHere = isWide && !isCollapsed;
  const open = () => (isWide ? collapse(false) : setOverlaidPath(pathname));
  const ends = isSidebarHere
    ? { start: null, end: null }
    : { start: <IconButton icon={PanelLeft} label={text.shell.openSidebar} onClick={open} />, end: <NewChatButton /> };
  return (
    // Pages scroll inside; the window itself never does.
    <div className="relative flex h-full overflow-clip">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:rounded-control focus:bg-raised focus:p-2 focus:shadow-float"
      >
        {text.common.skipToContent}
      </a>
      {isSidebarHere ? (
        <aside className="relative shrink-0 border-e border-border bg-canvas" style={{ width: `${widthRem}rem` }}>
          <Sidebar onClose={() => collapse(true)} />
          <SidebarEdge widthRem={widthRem} onChange={setWidthRem} />
        </aside>
      ) : null}
      {isWide ? null : (
        <SidebarOverlay isOpen={overlaidPath === pathname} onClose={() => setOverlaidPath(null)}>
          <Sidebar onClose={() => setOverlaidPath(null)} />
        </SidebarOverlay>
      )}
      <PageTopEnds value={ends}>
        <main id="content" ref={main} tabIndex={-1} className="flex h-full min-w-0 grow flex-col outline-none">
          <PopupPlace>
            <FailedRestores />
            <UpgradeNotice />
            <Outlet />
          </PopupPlace>
        </main>
      </PageTopEnds>
    </div>
  );
}

function NewChatButton() {
  const { text } = useLanguage();
  const navigate = useNavigate();
  return <IconButton icon={SquarePen} label={text.shell.newChat} onClick={() => void navigate({ to: "/" })} />;
}

/** What the member chose on another device holds here too. */
function useOwnSettings() {
  const me = useMe();
  const { language, setLanguage } = useLanguage();
  useEffect(() => applyTheme(me.theme), [me.theme]);
  useEffect(() => {
    if (me.language !== null && me.language !== language) setLanguage(me.language);
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- only when the member's own choice changes
  }, [me.language]);
}

/** After a change of page the focus is in the new page, where the page does not take it itself. */
function useFocusOnNewPage(main: React.RefObject<HTMLElement | null>) {
  const pathname = useRouterState({ select: (state) => state.resolvedLocation?.pathname });
  const before = useRef(pathname);
  useEffect(() => {
    if (before.current !== undefined && before.current !== pathname) {
      const isInside = main.current?.contains(document.activeElement) === true;
      if (!isInside) main.current?.focus({ preventScroll: true });
    }
    before.current = pathname;
  }, [pathname, main]);
}
