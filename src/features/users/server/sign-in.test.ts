import { expect, test } from "vitest";
import { describeEachDialect, type OpenDatabase } from "../../../../tests/support/each-dialect.ts";
import { cheapCost, createSignInParts, inOneStep } from "../../../../tests/support/sign-in-parts.ts";
import type { Database } from "../../../platform/database/command.ts";
import { createOwnerLink } from "./owner-link.ts";
import { createPasswords, type PasswordCost, type Passwords } from "./password.ts";
import { listOwners } from "./people-store.ts";
import { createSignIn } from "./sign-in.ts";
import { setDisabled } from "../../../../tests/support/set-disabled.ts";
import { findUserByEmail } from "./user-store.ts";
import { createUser, ensureOrganisation, resetPassword } from "./users.ts";

const desk = { address: "203.0.113.5" };
const ana = { name: "Ana", email: "ana@example.org", password: "correct horse battery" };

/** Counts the expensive work; the work itself is the real one. */
function counted(passwords: Passwords): Passwords & { readonly work: { verify: number; hash: number } } {
  const work = { verify: 0, hash: 0 };
  return {
    work,
    hash: (password) => ((work.hash += 1), passwords.hash(password)),
    verify: (password, stored) => ((work.verify += 1), passwords.verify(password, stored)),
  };
}

function accountsOn(db: Database, cost: PasswordCost = cheapCost) {
  const passwords = counted(createPasswords(cost));
  const parts = createSignInParts(db, passwords);
  const signIn = inOneStep(parts.signIn);
  const { ownerLink } = parts;
  const asOwner = { ...ana, token: ownerLink.token };
  return { ...parts, passwords, signIn, asOwner };
}

async function withMember(open: OpenDatabase) {
  const accounts = accountsOn(await open());
  const organisationId = await ensureOrganisation(accounts);
  const { user } = await createUser(accounts, { ...ana, organisationId, role: "member" });
  accounts.passwords.work.hash = 0;
  return { ...accounts, organisationId, user };
}

describeEachDialect("The owner's link", (open) => {
  test("makes the owner and signs the browser in", async () => {
    const { signIn, sessions, asOwner } = accountsOn(await open());
    const { user, token } = await signIn.withOwnerLink({ ...asOwner, language: "bn" }, desk);
    expect(user).toMatchObject({ name: "Ana", email: "ana@example.org", role: "owner", language: "bn" });
    expect(await sessions.authenticate(token)).toMatchObject({ userId: user.id, role: "owner", via: "session" });
  });

  test("makes one owner when fifty browsers use it at the same moment", async () => {
    const { db, signIn, asOwner, sessions } = accountsOn(await open());
    const claims = Array.from({ length: 50 }, (_, index) =>
      signIn.withOwnerLink({ ...asOwner, email: `person-${index}@example.org` }, { address: `203.0.113.${index}` }),
    );
    const outcomes = await Promise.allSettled(claims);
    const claimed = outcomes.filter((outcome) => outcome.status === "fulfilled");
    const refused = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(claimed).toHaveLength(1);
    const codes = new Set(refused.map((outcome) => (outcome.reason as { code: string }).code));
    expect([...codes].filter((code) => code !== "setup_done" && code !== "setup_link_invalid")).toEqual([]);
    const organisationId = (await sessions.authenticate(claimed[0]?.value.token ?? ""))?.organisationId ?? "";
    const owners = await db.run(listOwners, { organisationId });
    expect(owners.map((user) => [user.id, user.role])).toEqual([[claimed[0]?.value.user.id, "owner"]]);
  });

  test("is refused with a wrong token before any password is hashed", async () => {
    const { signIn, asOwner, passwords } = accountsOn(await open());
    const wrong = signIn.withOwnerLink({ ...asOwner, token: "wrong" }, desk);
    await expect(wrong).rejects.toMatchObject({ code: "setup_link_invalid" });
    expect(passwords.work.hash).toBe(0);
  });

  test("is refused once there is an owner, a later start's link included", async () => {
    const db = await open();
    const first = accountsOn(db);
    await first.signIn.withOwnerLink(first.asOwner, desk);
    const second = accountsOn(db);
    const again = second.signIn.withOwnerLink({ ...second.asOwner, email: "ben@example.org" }, desk);
    await expect(again).rejects.toMatchObject({ code: "setup_done" });
  });

  test("still works for the owner when members were made on the command line before", async () => {
    const { signIn, asOwner } = await withMember(open);
    const { user } = await signIn.withOwnerLink({ ...asOwner, email: "owner@example.org" }, desk);
    expect(user.role).toBe("owner");
  });

  test("stops answering an address that keeps guessing", async () => {
    const { signIn, asOwner } = accountsOn(await open());
    const guess = () => signIn.withOwnerLink({ ...asOwner, token: "wrong" }, desk);
    for (let attempt = 0; attempt < 30; attempt++) {
      await expect(guess()).rejects.toMatchObject({ code: "setup_link_invalid" });
    }
    await expect(guess()).rejects.toMatchObject({ code: "too_many_attempts", details: { seconds: 10 } });
  });
});

describeEachDialect("Signing in", (open) => {
  test("starts a session for the right password", async () => {
    const { signIn, sessions, user } = await withMember(open);
    const { token } = await signIn.withPassword(ana, desk);
    expect(await sessions.authenticate(token)).toMatchObject({ userId: user.id, role: "member" });
  });

  test("answers and works the same for a wrong password, an unknown account and a disabled one", async () => {
    const { signIn, passwords, organisationId, user, ...accounts } = await withMember(open);
    const outcome = async (credentials: { email: string; password: string }) => {
      passwords.work.verify = 0;
      const error: unknown = await signIn.withPassword(credentials, desk).catch((caught: unknown) => caught);
      return { error: JSON.stringify(error), message: (error as Error).message, work: { ...passwords.work } };
    };
    const wrong = await outcome({ ...ana, password: "wrong horse battery" });
    expect(wrong).toMatchObject({ message: "Email or password is wrong.", work: { verify: 1, hash: 0 } });
    expect(await outcome({ ...ana, email: "nobody@example.org" })).toEqual(wrong);
    await setDisabled(accounts.db, { organisationId, userId: user.id }, true);
    expect(await outcome(ana)).toEqual(wrong);
  });

  test("replaces the session that the browser had", async () => {
    const { signIn, sessions } = await withMember(open);
    const first = await signIn.withPassword(ana, desk);
    const second = await signIn.withPassword(ana, { ...desk, previousToken: first.token });
    expect(second.token).not.toBe(first.token);
    expect(await sessions.authenticate(first.token)).toBeNull();
    expect(await sessions.authenticate(second.token)).not.toBeNull();
  });

  test("never takes over a token that the browser brought along", async () => {
    const { signIn, sessions } = await withMember(open);
    const planted = createOwnerLink().token;
    const { token } = await signIn.withPassword(ana, { ...desk, previousToken: planted });
    expect(token).not.toBe(planted);
    expect(await sessions.authenticate(planted)).toBeNull();
  });

  test("makes the hash again when its cost is not today's", async () => {
    const { db, user } = await withMember(open);
    const dearer = accountsOn(db, { memoryKib: 16, passes: 1 });
    const hash = async () => (await db.run(findUserByEmail, { email: ana.email }))?.password_hash;
    expect(await hash()).toContain("$m=8,");
    await dearer.signIn.withPassword(ana, desk);
    expect(await hash()).toContain("$m=16,");
    const { user: again } = await dearer.signIn.withPassword(ana, desk);
    expect(again.id).toBe(user.id);
  });

  test("fails when the password is changed while it is being checked", async () => {
    const accounts = await withMember(open);
    const { organisationId, user } = accounts;
    const resetting: Passwords = {
      ...accounts.passwords,
      async verify(password, stored) {
        const check = await accounts.passwords.verify(password, stored);
        await resetPassword(accounts, { organisationId, userId: user.id });
        return check;
      },
    };
    const signIn = createSignIn({ ...accounts, passwords: resetting });
    await expect(signIn.withPassword(ana, desk)).rejects.toMatchObject({ code: "invalid_credentials" });
  });
});

describeEachDialect("Guessing passwords", (open) => {
  test("of one account from many addresses is stopped after ten attempts", async () => {
    const { signIn, passwords } = await withMember(open);
    const guess = (host: number) =>
      signIn.withPassword({ ...ana, password: "wrong" }, { address: `198.51.100.${host}` });
    for (let host = 1; host <= 10; host++) {
      await expect(guess(host)).rejects.toMatchObject({ code: "invalid_credentials" });
    }
    passwords.work.verify = 0;
    await expect(guess(11)).rejects.toMatchObject({ code: "too_many_attempts", details: { seconds: 60 } });
    expect(passwords.work.verify).toBe(0);
  });

  test("of an account that does not exist is stopped in the same way", async () => {
    const { signIn } = await withMember(open);
    const guess = (host: number) =>
      signIn.withPassword({ email: "nobody@example.org", password: "wrong" }, { address: `198.51.100.${host}` });
    for (let host = 1; host <= 10; host++) {
      await expect(guess(host)).rejects.toMatchObject({ code: "invalid_credentials" });
    }
    await expect(guess(11)).rejects.toMatchObject({ code: "too_many_attempts", details: { seconds: 60 } });
  });

  test("is not helped by changing the address inside an IPv6 /64", async () => {
    const { signIn } = await withMember(open);
    const guess = (host: number) =>
      signIn.withPassword(
        { email: `person-${host}@example.org`, password: "wrong" },
        { address: `2001:db8:0:1::${host.toString(16)}` },
      );
    for (let host = 1; host <= 30; host++) {
      await expect(guess(host)).rejects.toMatchObject({ code: "invalid_credentials" });
    }
    await expect(guess(31)).rejects.toMatchObject({ code: "too_many_attempts" });
    const neighbour = signIn.withPassword(ana, { address: "2001:db8:0:2::1" });
    expect((await neighbour).user.email).toBe("ana@example.org");
  });

  test("does not count against those who know theirs", async () => {
    const { signIn } = await withMember(open);
    for (let attempt = 0; attempt < 40; attempt++) {
      await signIn.withPassword(ana, desk);
    }
    expect((await signIn.withPassword(ana, desk)).user.name).toBe("Ana");
  });
});
