import { useVirtualizer } from "@tanstack/react-virtual";
import { Link, useParams } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import type { Catalogue } from "../../../ui/i18n/en.ts";
import type { Format } from "../../../ui/i18n/format.ts";
import { useLanguage } from "../../../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import type { Chat } from "../contract.ts";
import { ChatMenu } from "./chat-menu.tsx";
import { type Day, type DayRow, rowsByDay } from "./days.ts";
import { useChats } from "./use-chats.ts";

const loadAheadRows = 10;

/** Own chats by day. Only the rows in view are in the page; more come as one scrolls. */
export function ChatList() {
  const { text } = useLanguage();
  const chats = useChats();
  if (chats.isPending)
    return (
      <div className="grow px-3">
        <Skeleton rows={6} />
      </div>
    );
  if (chats.isError && chats.data === undefined) {
    return (
      <div className="grow px-3">
        <ProblemNotice heading={text.chats.failed} problem={chats.error} onRetry={() => void chats.refetch()} />
      </div>
    );
  }
  const items = chats.data.pages.flatMap((page) => page.items);
  if (items.length === 0) return <p className="grow px-5 py-2 text-dense text-text-2">{text.chats.empty}</p>;
  return (
    <WindowedRows
      rows={rowsByDay(items, chats.dataUpdatedAt)}
      onNearEnd={() => chats.hasNextPage && !chats.isFetchingNextPage && void chats.fetchNextPage()}
    />
  );
}

function WindowedRows({ rows, onNearEnd }: { rows: readonly DayRow<Chat>[]; onNearEnd: () => void }) {
  const { text, format } = useLanguage();
  const box = useRef<HTMLDivElement>(null);
  const openChatId = useParams({ strict: false }).chatId ?? null;
  // oxlint-disable-next-line react/incompatible-library -- nothing below memoises what it returns
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => 36,
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 8,
  });
  const shown = list.getVirtualItems();
  const isNearEnd = (shown.at(-1)?.index ?? 0) >= rows.length - loadAheadRows;
  useEffect(() => {
    if (isNearEnd) onNearEnd();
  });
  return (
    <div ref={box} className="min-h-0 grow overflow-y-auto px-2" tabIndex={-1}>
      <div className="relative" style={{ height: list.getTotalSize() }}>
        <ul className="absolute inset-x-0 top-0" style={{ transform: `translateY(${shown[0]?.start ?? 0}px)` }}>
          {shown.map(({ index, key }) => {
            const row = rows[index];
            if (row === undefined) return null;
            return (
              <li key={key} data-index={index} ref={list.measureElement}>
                {row.heading === null ? null : (
                  <p className="px-3 pt-4 pb-1 text-meta font-medium text-text-3">
                    {headingOf(row.heading, text, format)}
                  </p>
                )}
                {row.item === null ? null : <ChatRow chat={row.item} isOpen={row.item.id === openChatId} />}
              </li>
            );
          })}
        </ul>
      </div>
    </div>
  );
}

function ChatRow({ chat, isOpen }: { chat: Chat; isOpen: boolean }) {
  return (
    <div
      className={`group flex items-center rounded-control transition-colors ${isOpen ? "bg-accent-soft" : "hover:bg-hover"}`}
    >
      <Link
        to="/chats/$chatId"
        params={{ chatId: chat.id }}
        aria-current={isOpen ? "page" : undefined}
        dir="auto"
        className="min-w-0 grow truncate rounded-control py-2 ps-3 text-interface"
      >
        {chat.title}
      </Link>
      <ChatMenu
        chat={chat}
        isOpenChat={isOpen}
        className="text-text-3 opacity-60 group-hover:opacity-100 focus-visible:opacity-100"
      />
    </div>
  );
}

function headingOf(day: Day, text: Catalogue, format: Format): string {
  return typeof day === "string" ? text.chats[day] : format.month(day.monthOf);
}
