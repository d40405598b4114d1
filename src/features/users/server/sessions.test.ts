import { describe, expect, test } from "vitest";
import { countCommands } from "../../../../tests/support/count-commands.ts";
import { describeEachDialect, type OpenDatabase } from "../../../../tests/support/each-dialect.ts";
import { readCommand, writeCommand } from "../../../platform/database/command.ts";
import { createOpenCalls } from "../../../platform/http/open-calls.ts";
import { newSecretToken } from "../../../platform/secret-token.ts";
import { createPasswords } from "./password.ts";
import { createSessions, sessionLifetimeMs } from "./sessions.ts";
import { setDisabled } from "../../../../tests/support/set-disabled.ts";
import { touchSession } from "./session-store.ts";
import { findUser } from "./user-store.ts";
import { createUser, ensureOrganisation, resetPassword } from "./users.ts";

const minuteMs = 60_000;

const storedSessions = readCommand("test.sessions", (db, _args: Record<string, never>) =>
  db.selectFrom("sessions").selectAll().orderBy("id").execute(),
);

const disableOnly = writeCommand("test.disableOnly", async (db, { userId }: { userId: string }) => {
  await db.updateTable("users").set({ disabled_at: 1 }).where("id", "=", userId).execute();
});

/** A person with a session; `calls` counts the commands that reach the database. */
async function signedIn(open: OpenDatabase) {
  const { db, calls } = countCommands(await open());
  const time = { now: 1_700_000_000_000 };
  const clock = () => time.now;
  const passwords = createPasswords({ memoryKib: 8, passes: 1 });
  const organisationId = await ensureOrganisation({ db, clock });
  const person = { organisationId, name: "Ana", email: "ana@example.org", role: "member" as const };
  const { user } = await createUser({ db, clock, passwords }, person);
  const row = await db.run(findUser, { organisationId, userId: user.id });
  const checked = { organisationId, userId: user.id, checkedHash: row?.password_hash ?? "" };
  const failures: unknown[] = [];
  const openCalls = createOpenCalls();
  const sessions = createSessions({ db, clock, openCalls, onTouchFailure: (error) => failures.push(error) });
  const token = (await sessions.start(checked)) ?? "";
  const touches = () => calls.filter((name) => name === touchSession.name).length;
  return { db, clock, time, passwords, openCalls, checked, sessions, token, touches, failures };
}

describeEachDialect("A session", (open) => {
  test("says who holds its token", async () => {
    const { sessions, token, checked } = await signedIn(open);
    const { organisationId, userId } = checked;
    const principal = await sessions.authenticate(token);
    expect(principal).toMatchObject({ organisationId, userId, role: "member", via: "session" });
  });

  test("is stored as the hash of its token, never as the token", async () => {
    const { db, token } = await signedIn(open);
    const rows = await db.run(storedSessions, {});
    expect(rows).toHaveLength(1);
    expect(rows[0]?.token_hash).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  test("lasts thirty days from its last use", async () => {
    const { sessions, token, time } = await signedIn(open);
    time.now += sessionLifetimeMs - 1;
    expect(await sessions.authenticate(token)).not.toBeNull();
    await expect
      .poll(async () => {
        time.now += 1;
        return (await sessions.authenticate(token)) !== null;
      })
      .toBe(true);
    time.now += sessionLifetimeMs - minuteMs;
    expect(await sessions.authenticate(token)).not.toBeNull();
  });

  test("ends when it was not used for thirty days", async () => {
    const { sessions, token, time } = await signedIn(open);
    time.now += sessionLifetimeMs;
    expect(await sessions.authenticate(token)).toBeNull();
  });

  test("writes presence once a minute, however many requests come", async () => {
    const { db, sessions, token, time, touches } = await signedIn(open);
    const hundredRequests = () => Promise.all(Array.from({ length: 100 }, () => sessions.authenticate(token)));
    await hundredRequests();
    expect(touches()).toBe(0);
    time.now += minuteMs;
    await hundredRequests();
    await hundredRequests();
    expect(touches()).toBe(1);
    const [row] = await db.run(storedSessions, {});
    expect(row).toMatchObject({ last_seen_at: time.now, expires_at: time.now + sessionLifetimeMs });
  });

  test("ends with signing out, and only that one", async () => {
    const { sessions, token, checked } = await signedIn(open);
    const other = (await sessions.start(checked)) ?? "";
    await sessions.end(token);
    expect(await sessions.authenticate(token)).toBeNull();
    expect(await sessions.authenticate(other)).not.toBeNull();
  });

  test("ends with the next request when its person is disabled, and does not come back", async () => {
    const { db, sessions, token, checked } = await signedIn(open);
    await setDisabled(db, checked, true);
    expect(await sessions.authenticate(token)).toBeNull();
    expect(await sessions.start(checked)).toBeNull();
    await setDisabled(db, checked, false);
    expect(await sessions.authenticate(token)).toBeNull();
    expect(await sessions.start(checked)).not.toBeNull();
  });

  test("that is still there is of no use to a disabled person", async () => {
    const { db, sessions, token, checked } = await signedIn(open);
    await db.run(disableOnly, { userId: checked.userId });
    expect(await sessions.authenticate(token)).toBeNull();
  });

  test("ends when the password is reset", async () => {
    const { db, passwords, openCalls, sessions, token, checked } = await signedIn(open);
    await resetPassword({ db, passwords, openCalls }, checked);
    expect(await sessions.authenticate(token)).toBeNull();
    expect(await sessions.start(checked)).toBeNull();
  });

  test("ends with what it has open when the password is reset, while the person's API keys go on", async () => {
    const { db, passwords, openCalls, sessions, token, checked } = await signedIn(open);
    const principal = (await sessions.authenticate(token))!;
    const told: string[] = [];
    openCalls.opening().admit(principal, () => told.push("session"));
    openCalls.opening().admit({ ...principal, via: "api-key", credentialId: "key" }, () => told.push("key"));
    await resetPassword({ db, passwords, openCalls }, checked);
    expect(told).toEqual(["session"]);
  });

  test("that has expired is cleared away, and no other", async () => {
    const { db, sessions, time, checked } = await signedIn(open);
    time.now += minuteMs;
    const later = await sessions.start(checked);
    time.now += sessionLifetimeMs - minuteMs;
    expect(await sessions.clearExpired()).toBe(1);
    expect(await db.run(storedSessions, {})).toHaveLength(1);
    expect(await sessions.authenticate(later ?? "")).not.toBeNull();
    expect(await sessions.clearExpired()).toBe(0);
  });

  test("is listed for its person alone, the last used first, in the words of its browser", async () => {
    const { sessions, checked, token, time } = await signedIn(open);
    time.now += minuteMs;
    const firefox = "Mozilla/5.0 (Windows NT 10.0; rv:146.0) Gecko/20100101 Firefox/146.0";
    const desk = (await sessions.authenticate((await sessions.start(checked, undefined, firefox)) ?? ""))!;
    const listed = await sessions.list(desk);
    expect(listed.map(({ browser, system, isThisOne }) => [browser, system, isThisOne])).toEqual([
      ["Firefox", "Windows", true],
      [null, null, false],
    ]);
    expect(Object.keys(listed[0] ?? {}).toSorted()).toEqual(
      ["browser", "createdAt", "id", "isThisOne", "lastSeenAt", "system"].toSorted(),
    );
    expect(await sessions.list({ ...desk, userId: desk.credentialId })).toEqual([]);
    expect(await sessions.list({ ...desk, organisationId: desk.credentialId })).toEqual([]);
    time.now += sessionLifetimeMs - minuteMs;
    expect((await sessions.list(desk)).map(({ id }) => id)).toEqual([desk.credentialId]);
    expect(await sessions.authenticate(token)).toBeNull();
  });

  test("keeps no more of a browser's name than a bounded part", async () => {
    const { db, sessions, checked } = await signedIn(open);
    await sessions.start(checked, undefined, "x".repeat(100_000));
    expect((await db.run(storedSessions, {})).map((row) => row.user_agent?.length ?? 0)).toEqual([0, 400]);
  });

  test("ends from another one of the same person, with what it has open", async () => {
    const { openCalls, sessions, checked, token } = await signedIn(open);
    const phone = (await sessions.authenticate(token))!;
    const desk = (await sessions.authenticate((await sessions.start(checked)) ?? ""))!;
    const told: string[] = [];
    openCalls.opening().admit(phone, () => told.push("phone"));
    openCalls.opening().admit(desk, () => told.push("desk"));
    const stranger = { ...desk, userId: desk.credentialId };
    await expect(sessions.endOne(stranger, phone.credentialId)).rejects.toMatchObject({ code: "session_not_found" });
    expect(told).toEqual([]);
    await sessions.endOne(desk, phone.credentialId);
    expect(told).toEqual(["phone"]);
    expect(await sessions.authenticate(token)).toBeNull();
    await expect(sessions.endOne(desk, phone.credentialId)).rejects.toMatchObject({ code: "session_not_found" });
  });

  test("stays when all others of its person end", async () => {
    const { openCalls, sessions, checked, token } = await signedIn(open);
    const others = [token, (await sessions.start(checked)) ?? ""];
    const desk = (await sessions.authenticate((await sessions.start(checked)) ?? ""))!;
    const told: string[] = [];
    for (const other of others) {
      openCalls.opening().admit((await sessions.authenticate(other))!, () => told.push(other));
    }
    openCalls.opening().admit(desk, () => told.push("desk"));
    await sessions.endOthers(desk);
    expect(told.toSorted()).toEqual(others.toSorted());
    expect((await sessions.list(desk)).map(({ id }) => id)).toEqual([desk.credentialId]);
  });

  test("is not found by anything else than its token", async () => {
    const { db, sessions, token } = await signedIn(open);
    const [row] = await db.run(storedSessions, {});
    const guesses = [newSecretToken(), row?.token_hash ?? "", row?.id ?? "", "", token.slice(1), `${token}=`, "'; --"];
    for (const guess of guesses) {
      expect(await sessions.authenticate(guess)).toBeNull();
    }
  });
});

describe("A database that cannot write", () => {
  test("does not sign anybody out", async () => {
    const full = new Error("the disk is full");
    const failures: unknown[] = [];
    const found = { session_id: "s", last_seen_at: 0, organisation_id: "o", owner_id: "u", role: "member" };
    const db = {
      run: (command: { name: string }) =>
        command.name === touchSession.name ? Promise.reject(full) : Promise.resolve(found as never),
      close: () => Promise.resolve(),
    };
    const sessions = createSessions({
      db,
      clock: () => minuteMs,
      openCalls: createOpenCalls(),
      onTouchFailure: (error) => failures.push(error),
    });
    expect(await sessions.authenticate(newSecretToken())).toMatchObject({ userId: "u" });
    await expect.poll(() => failures).toEqual([full]);
  });
});
