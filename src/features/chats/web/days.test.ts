import { expect, test } from "vitest";
import { rowsByDay } from "./days.ts";

const now = new Date(2026, 10, 24, 10).getTime();
const at = (...date: [number, number, number, number]) => new Date(...date).getTime();

test("chats stand under today, yesterday, the last seven days and their months", () => {
  const times = [
    at(2026, 10, 24, 0),
    at(2026, 10, 23, 23),
    at(2026, 10, 18, 1),
    at(2026, 10, 17, 1),
    at(2025, 2, 1, 1),
  ];
  const rows = rowsByDay(
    times.map((updatedAt, index) => ({ id: String(index), updatedAt })),
    now,
  );
  expect(rows.map((row) => row.item?.id ?? row.heading)).toEqual([
    "today",
    "0",
    "yesterday",
    "1",
    "week",
    "2",
    { monthOf: at(2026, 10, 1, 0) },
    "3",
    { monthOf: at(2025, 2, 1, 0) },
    "4",
  ]);
});
