import { expect, test } from "vitest";
import { createOpenCalls } from "../../../platform/http/open-calls.ts";
import { describeEachDialect, type OpenDatabase } from "../../../../tests/support/each-dialect.ts";
import { createPasswords } from "./password.ts";
import { listPeople } from "./people-store.ts";
import { findUserByEmail } from "./user-store.ts";
import * as users from "./users.ts";

async function organisation(open: OpenDatabase) {
  const db = await open();
  const time = { now: 1_700_000_000_000 };
  const passwords = createPasswords({ memoryKib: 8, passes: 1 });
  const dependencies = { db, clock: () => time.now, passwords, openCalls: createOpenCalls() };
  const organisationId = await users.ensureOrganisation(dependencies);
  const add = (name: string, role: "admin" | "member" = "member") =>
    users.createUser(dependencies, { organisationId, name, email: `${name}@example.org`, role });
  return { ...dependencies, dependencies, organisationId, add };
}

const everybody = (organisationId: string) => ({ organisationId, search: "", now: 1, afterId: null, limit: 100 });

describeEachDialect("The organisation", (open) => {
  test("is made once, however many ask for it at the same moment", async () => {
    const { dependencies, organisationId } = await organisation(open);
    const again = await Promise.all(Array.from({ length: 10 }, () => users.ensureOrganisation(dependencies)));
    expect(new Set(again)).toEqual(new Set([organisationId]));
  });
});

describeEachDialect("Making a person", (open) => {
  test("without a password makes one that works and is stored nowhere", async () => {
    const { db, passwords, add } = await organisation(open);
    const { user, generatedPassword = "" } = await add("ana");
    expect(user).toMatchObject({ name: "ana", email: "ana@example.org", role: "member", language: null });
    expect(generatedPassword).toMatch(/^([a-km-np-z2-9]{5}-){3}[a-km-np-z2-9]{5}$/);
    const row = await db.run(findUserByEmail, { email: "ana@example.org" });
    expect(JSON.stringify(row)).not.toContain(generatedPassword);
    expect(await passwords.verify(generatedPassword, row?.password_hash ?? null)).toMatchObject({ matches: true });
  });

  test("takes the email as people type it", async () => {
    const { dependencies, organisationId } = await organisation(open);
    const typed = { organisationId, name: " Ana ", email: " Ana@Example.org ", role: "admin" as const };
    const { user, generatedPassword } = await users.createUser(dependencies, { ...typed, password: "correct horse" });
    expect(user).toMatchObject({ name: "Ana", email: "ana@example.org", role: "admin" });
    expect(generatedPassword).toBeUndefined();
  });

  test("with an email that somebody has is refused, at the same moment too", async () => {
    const { add, db, organisationId } = await organisation(open);
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => add("ana")));
    const refused = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(refused.map((outcome) => (outcome.reason as { code: string }).code)).toEqual(Array(9).fill("email_taken"));
    expect(await db.run(listPeople, everybody(organisationId))).toHaveLength(1);
  });

  test.each([
    [{ name: " " }, "name"],
    [{ email: "not an email" }, "email"],
    [{ password: "short" }, "password"],
  ])("with a wrong %o is refused and names the field", async (wrong, field) => {
    const { dependencies, organisationId } = await organisation(open);
    const person = { organisationId, name: "Ana", email: "ana@example.org", role: "member" as const };
    const made = users.createUser(dependencies, { ...person, ...wrong });
    await expect(made).rejects.toMatchObject({ code: "invalid_request", details: { param: field } });
  });
});

describeEachDialect("A profile", (open) => {
  test("changes in what is given and stays in the rest", async () => {
    const { add, db, organisationId } = await organisation(open);
    const { user } = await add("ana");
    const ben = await add("ben");
    const me = { organisationId, userId: user.id, role: "member", via: "session", credentialId: "s" } as const;
    expect(await users.updateMe(db, me, { language: "bn" })).toEqual({ ...user, language: "bn" });
    expect(await users.updateMe(db, me, { name: "আনা", theme: "dark" })).toMatchObject({ name: "আনা", language: "bn" });
    expect(await users.updateMe(db, me, {})).toMatchObject({ name: "আনা", theme: "dark" });
    expect(await users.updateMe(db, me, { language: null })).toMatchObject({ language: null });
    expect(await users.getUserByEmail(db, organisationId, "ben@example.org")).toEqual(ben.user);
  });
});
