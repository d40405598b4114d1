import { expect, test } from "vitest";
import { createTickets, ticketLifetimeMs } from "./sign-in-tickets.ts";

function tickets(purpose = "a") {
  const time = { now: 1_700_000_000_000 };
  return { time, ...createTickets({ clock: () => time.now, purpose }) };
}

test("a ticket says what it was issued for, until it is spent", () => {
  const { issue, read, spend } = tickets();
  const ticket = issue({ userId: "ana" });
  expect([read(ticket), read(ticket)]).toEqual([{ userId: "ana" }, { userId: "ana" }]);
  expect([spend(ticket), spend(ticket), read(ticket)]).toEqual([true, false, null]);
});

test("a ticket runs out after five minutes, spent or not", () => {
  const { issue, read, spend, time } = tickets();
  const [one, other] = [issue({}), issue({})];
  spend(one);
  time.now += ticketLifetimeMs - 1;
  expect([read(one), read(other)]).toEqual([null, {}]);
  time.now += 1;
  expect([read(one), read(other), spend(other)]).toEqual([null, null, false]);
});

test("a ticket of another server, for something else, or changed in one place is none", () => {
  const own = tickets("a");
  const ticket = own.issue({ userId: "ana" });
  for (const stranger of [tickets("a"), tickets("b")]) expect(own.read(stranger.issue({ userId: "ana" }))).toBeNull();
  const changed = [...ticket].map(
    (sign, index) => ticket.slice(0, index) + (sign === "A" ? "B" : "A") + ticket.slice(index + 1),
  );
  // The last sign of a signature holds two bits that do not count.
  expect(changed.slice(0, -1).filter((forged) => own.read(forged) !== null)).toEqual([]);
  for (const nothing of ["", ".", "a.b", "null."]) expect(own.read(nothing)).toBeNull();
});
