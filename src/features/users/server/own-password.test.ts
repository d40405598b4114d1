import { expect, test } from "vitest";
import { describeEachDialect, type OpenDatabase } from "../../../../tests/support/each-dialect.ts";
import { createSignInParts, inOneStep } from "../../../../tests/support/sign-in-parts.ts";
import { changePassword } from "./own-password.ts";
import { createUser, ensureOrganisation, resetPassword } from "./users.ts";

const desk = { address: "203.0.113.5" };
const ana = { name: "Ana", email: "ana@example.org", password: "correct horse battery" };
const newPassword = "tram olive lantern";

/** Ana, signed in here and on her phone. */
async function withTwoSessions(open: OpenDatabase) {
  const parts = createSignInParts(await open());
  const { db, clock, passwords, sessions } = parts;
  const signIn = inOneStep(parts.signIn);
  const organisationId = await ensureOrganisation({ db, clock });
  await createUser({ db, clock, passwords }, { ...ana, organisationId, role: "member" });
  const here = (await signIn.withPassword(ana, desk)).token;
  const phone = (await signIn.withPassword(ana, desk)).token;
  const principal = (await sessions.authenticate(here))!;
  const change = (currentPassword: string, wanted = newPassword) =>
    changePassword(parts, principal, { currentPassword, newPassword: wanted }, desk.address);
  return { ...parts, signIn, principal, here, phone, change };
}

describeEachDialect("Changing the own password", (open) => {
  test("lets the new one in, the old one no longer, and ends every other session", async () => {
    const { sessions, signIn, here, phone, change } = await withTwoSessions(open);
    await change(ana.password);
    expect(await sessions.authenticate(here)).not.toBeNull();
    expect(await sessions.authenticate(phone)).toBeNull();
    expect((await signIn.withPassword({ ...ana, password: newPassword }, desk)).user.name).toBe("Ana");
    await expect(signIn.withPassword(ana, desk)).rejects.toMatchObject({ code: "invalid_credentials" });
  });

  test("ends what the other sessions have open, while this one's calls and the API keys go on", async () => {
    const { sessions, openCalls, principal, phone, change } = await withTwoSessions(open);
    const told: string[] = [];
    openCalls.opening().admit(principal, () => told.push("here"));
    openCalls.opening().admit((await sessions.authenticate(phone))!, () => told.push("phone"));
    openCalls.opening().admit({ ...principal, via: "api-key", credentialId: "key" }, () => told.push("key"));
    await change(ana.password);
    expect(told).toEqual(["phone"]);
  });

  test("needs the current one, and changes nothing without it", async () => {
    const { sessions, phone, change } = await withTwoSessions(open);
    await expect(change("wrong horse battery")).rejects.toMatchObject({ code: "wrong_proof" });
    expect(await sessions.authenticate(phone)).not.toBeNull();
  });

  test("takes no password that anybody would try first", async () => {
    const { sessions, phone, change } = await withTwoSessions(open);
    await expect(change(ana.password, "basketball1")).rejects.toMatchObject({ code: "password_too_common" });
    expect(await sessions.authenticate(phone)).not.toBeNull();
  });

  test("is no way to guess past the limits of signing in, nor the other way around", async () => {
    const { signIn, change } = await withTwoSessions(open);
    for (let attempt = 1; attempt <= 5; attempt++) {
      await expect(change(`wrong ${attempt}`)).rejects.toMatchObject({ code: "wrong_proof" });
      const guess = signIn.withPassword({ ...ana, password: "wrong" }, { address: `198.51.100.${attempt}` });
      await expect(guess).rejects.toMatchObject({ code: "invalid_credentials" });
    }
    await expect(change(ana.password)).rejects.toMatchObject({ code: "too_many_attempts" });
    const elsewhere = signIn.withPassword(ana, { address: "192.0.2.77" });
    await expect(elsewhere).rejects.toMatchObject({ code: "too_many_attempts" });
  });

  test("does not undo a reset that came in between", async () => {
    const accounts = await withTwoSessions(open);
    const { passwords, principal, signIn } = accounts;
    let generated = "";
    const slow = {
      ...passwords,
      async hash(password: string) {
        generated = await resetPassword(accounts, principal);
        return passwords.hash(password);
      },
    };
    const asked = { currentPassword: ana.password, newPassword };
    const change = changePassword({ ...accounts, passwords: slow }, principal, asked, desk.address);
    await expect(change).rejects.toMatchObject({ code: "wrong_proof" });
    expect((await signIn.withPassword({ ...ana, password: generated }, desk)).user.name).toBe("Ana");
  });
});
