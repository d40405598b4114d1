import { Link } from "@tanstack/react-router";
import { Box, LogOut, type LucideIcon, PanelLeftClose, Settings, SquarePen } from "lucide-react";
import type { ReactNode } from "react";
import { ChatList } from "../features/chats/web/chat-list.tsx";
import { useMe, useSignOut } from "../features/users/web/use-me.ts";
import { useText } from "../ui/i18n/language-provider.tsx";
import { Icon } from "../ui/icon.tsx";
import { IconButton } from "../ui/icon-button.tsx";
import { Mark } from "../ui/mark.tsx";
import { Menu } from "../ui/menu.tsx";
import { PopupPlace } from "../ui/popup-place.tsx";
import { useServerName } from "../ui/server-name.tsx";

/** New chat, chats by day, and at the foot models, settings and who is signed in. */
export function Sidebar({ onClose }: { onClose: () => void }) {
  const text = useText();
  return (
    <nav aria-label={text.shell.navigation} className="flex h-full flex-col gap-1 safe-bottom">
      <PopupPlace>
        <div className="flex min-h-bar items-center gap-2 ps-5 pe-2">
          <Mark className="size-6 shrink-0" />
          <bdi className="min-w-0 grow truncate font-semibold">{useServerName()}</bdi>
          <IconButton icon={PanelLeftClose} label={text.shell.closeSidebar} onClick={onClose} />
        </div>
        <div className="px-2">
          <SidebarLink to="/" icon={SquarePen}>
            {text.shell.newChat}
          </SidebarLink>
        </div>
        <ChatList />
        <div className="flex flex-col border-t border-border px-2 pt-2">
          <SidebarLink to="/models" icon={Box}>
            {text.shell.models}
          </SidebarLink>
          <SidebarLink to="/settings" icon={Settings}>
            {text.shell.settings}
          </SidebarLink>
          <Account />
        </div>
      </PopupPlace>
    </nav>
  );
}

const rowClasses =
  "flex min-h-row w-full items-center gap-2 rounded-control px-3 py-1 text-start text-interface transition-colors hover:bg-hover";

function SidebarLink({
  to,
  icon,
  children,
}: {
  to: "/" | "/models" | "/settings";
  icon: LucideIcon;
  children: ReactNode;
}) {
  return (
    <Link
      to={to}
      activeOptions={{ exact: to === "/" }}
      activeProps={{ className: "bg-accent-soft" }}
      className={rowClasses}
    >
      <Icon of={icon} className="text-text-2" />
      {children}
    </Link>
  );
}

function Account() {
  const text = useText();
  const me = useMe();
  const signOut = useSignOut();
  return (
    <Menu
      trigger={
        <button type="button" className={rowClasses}>
          <Initial name={me.name} />
          <span dir="auto" className="min-w-0 truncate">
            {me.name}
          </span>
        </button>
      }
      items={[{ label: text.shell.signOut, icon: LogOut, onSelect: () => signOut.mutate() }]}
    />
  );
}

/** The first letter as a person sees it: Bengali clusters stay whole. */
function Initial({ name }: { name: string }) {
  const [first] = new Intl.Segmenter().segment(name.trim());
  return (
    <span
      aria-hidden="true"
      className="-ms-1 flex size-6 shrink-0 items-center justify-center rounded-round bg-accent-soft text-meta font-medium text-accent"
    >
      {first?.segment.toLocaleUpperCase()}
    </span>
  );
}
