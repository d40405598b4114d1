import { TOTP } from "otpauth";
import { expect, test } from "vitest";
import { describeEachDialect, type OpenDatabase } from "../../../../tests/support/each-dialect.ts";
import { createSignInParts } from "../../../../tests/support/sign-in-parts.ts";
import { readCommand } from "../../../platform/database/command.ts";
import { prove } from "./prove-oneself.ts";
import { setDisabled } from "../../../../tests/support/set-disabled.ts";
import { removeSecondFactors } from "./second-factor-removal.ts";
import { createPeople } from "./people.ts";
import { ticketLifetimeMs } from "./sign-in-tickets.ts";
import { createUser, ensureOrganisation, resetPassword } from "./users.ts";

const stepMs = 30_000;
const desk = { address: "203.0.113.5" };
const ana = { name: "Ana", email: "ana@example.org", password: "correct horse battery" };

const stored = readCommand("test.secondFactors", async (db, _args: Record<string, never>) => [
  await db.selectFrom("second_factors").selectAll().execute(),
  await db.selectFrom("recovery_codes").selectAll().execute(),
]);

/** A member whose phone makes codes: `code()` is what it shows now. */
async function withTwoFactor(open: OpenDatabase) {
  const parts = createSignInParts(await open());
  const organisationId = await ensureOrganisation(parts);
  const { user } = await createUser(parts, { ...ana, organisationId, role: "member" });
  const person = { organisationId, userId: user.id };
  const { secret } = await parts.secondFactors.begin(person, ana.email);
  const code = (later = 0) => new TOTP({ secret }).generate({ timestamp: parts.time.now + later * stepMs });
  const recoveryCodes = await parts.secondFactors.confirm(person, code(), desk.address);
  parts.time.now += stepMs;
  /** The first step, from where one is. */
  async function ticketFrom(address = desk.address): Promise<string> {
    const entered = await parts.signIn.withPassword(ana, { address });
    return "ticket" in entered ? entered.ticket : "";
  }
  return { ...parts, organisationId, person, secret, code, recoveryCodes, ticketFrom };
}

const nothingElse = { stop: async () => {}, purge: async () => {} };

describeEachDialect("Two-factor", (open) => {
  test("is seen by admins in every look at a person, from its confirmation to its removal", async () => {
    const parts = createSignInParts(await open());
    const organisationId = await ensureOrganisation(parts);
    const people = createPeople({ ...parts, things: nothingElse });
    const made = async (email: string) =>
      (await createUser(parts, { ...ana, email, organisationId, role: "member" })).user.id;
    const [userId] = [await made(ana.email), await made("bo@example.org")];
    const person = { organisationId, userId };
    const inList = async () => (await people.list(organisationId)).items.map(({ hasTwoFactor }) => hasTwoFactor);
    expect(await inList()).toEqual([false, false]);
    const { secret } = await parts.secondFactors.begin(person, ana.email);
    expect(await inList()).toEqual([false, false]);
    const code = new TOTP({ secret }).generate({ timestamp: parts.time.now });
    await parts.secondFactors.confirm(person, code, desk.address);
    const terminal = { organisationId, userId: null };
    expect(await inList()).toEqual([true, false]);
    const looks = [
      await people.read(organisationId, userId),
      await people.findByEmail(organisationId, ana.email),
      await people.change(terminal, userId, { role: "owner" }),
      ...(await people.listOwners(organisationId)),
      (await people.list(organisationId, { search: "ana@" })).items[0],
    ];
    expect(looks.map((look) => look?.hasTwoFactor)).toEqual(Array(5).fill(true));
    await removeSecondFactors(parts, person);
    expect(await inList()).toEqual([false, false]);
  });

  test("counts only once a right code has confirmed it", async () => {
    const parts = createSignInParts(await open());
    const organisationId = await ensureOrganisation(parts);
    const { user } = await createUser(parts, { ...ana, organisationId, role: "member" });
    const person = { organisationId, userId: user.id };
    await expect(parts.secondFactors.confirm(person, "123456", desk.address)).rejects.toMatchObject({
      code: "second_factor_off",
    });
    const { secret: first } = await parts.secondFactors.begin(person, ana.email);
    const { secret } = await parts.secondFactors.begin(person, ana.email);
    const codeOf = (of: string) => new TOTP({ secret: of }).generate({ timestamp: parts.time.now });
    await expect(parts.secondFactors.confirm(person, codeOf(first), desk.address)).rejects.toMatchObject({
      code: "wrong_code",
    });
    expect(await parts.secondFactors.isOn(person)).toBe(false);
    expect(await parts.signIn.withPassword(ana, desk)).toHaveProperty("token");
    await parts.secondFactors.confirm(person, codeOf(secret), desk.address);
    expect(await parts.secondFactors.stateOf(person)).toEqual({ onSince: parts.time.now, recoveryCodesLeft: 10 });
    expect(await parts.signIn.withPassword(ana, desk)).not.toHaveProperty("token");
  });

  test("stores neither the secret nor a recovery code as it is, and opens for nobody else", async () => {
    const { db, secret, recoveryCodes, secrets, person } = await withTwoFactor(open);
    const rows = JSON.stringify(await db.run(stored, {}));
    for (const plain of [secret, ...recoveryCodes, ...recoveryCodes.map((code) => code.replaceAll("-", ""))]) {
      expect(rows).not.toContain(plain);
    }
    const sealed = /"sealed_secret":"([^"]+)"/.exec(rows)?.[1] ?? "";
    expect(secrets.open(sealed, `second-factor:${person.userId}`)).toBe(secret);
    expect(() => secrets.open(sealed, "second-factor:another")).toThrow();
  });

  test("asks for a code after the password, and signs in with it", async () => {
    const { signIn, sessions, code, ticketFrom, person } = await withTwoFactor(open);
    const { token, user } = await signIn.withCode(await ticketFrom(), code(), { ...desk, userAgent: "curl/8" });
    expect(user).toMatchObject({ id: person.userId, email: ana.email });
    const principal = (await sessions.authenticate(token))!;
    expect(await sessions.list(principal)).toMatchObject([{ browser: "curl", isThisOne: true }]);
  });

  test("takes a code one step early or late, in any script's digits, and with a space", async () => {
    const { signIn, code, ticketFrom, time } = await withTwoFactor(open);
    const bengali = (digits: string) => digits.replace(/\d/g, (digit) => "০১২৩৪৫৬৭৮৯"[Number(digit)] ?? "");
    const spaced = (digits: string) => `${digits.slice(0, 3)} ${digits.slice(3)}`;
    for (const typed of [() => bengali(code(1)), () => spaced(code(1)), () => code(-1)]) {
      time.now += 3 * stepMs;
      await expect(signIn.withCode(await ticketFrom(), typed(), desk)).resolves.toHaveProperty("token");
    }
    time.now += 3 * stepMs;
    await expect(signIn.withCode(await ticketFrom(), code(2), desk)).rejects.toMatchObject({ code: "wrong_code" });
  });

  test("takes each code once, and none before one that was used", async () => {
    const { signIn, code, ticketFrom, person, secondFactors } = await withTwoFactor(open);
    const typed = code();
    await signIn.withCode(await ticketFrom(), typed, desk);
    await expect(signIn.withCode(await ticketFrom(), typed, desk)).rejects.toMatchObject({ code: "wrong_code" });
    await expect(signIn.withCode(await ticketFrom(), code(-1), desk)).rejects.toMatchObject({ code: "wrong_code" });
    const twenty = Array.from({ length: 20 }, () => secondFactors.accepts(person, code(1), desk.address));
    const outcomes = await Promise.allSettled(twenty);
    const accepted = outcomes.filter((outcome) => outcome.status === "fulfilled" && outcome.value);
    expect(accepted).toHaveLength(1);
  });

  test("takes a recovery code once, and tells how many are left", async () => {
    const { signIn, recoveryCodes, ticketFrom, person, secondFactors } = await withTwoFactor(open);
    const typed = ` ${recoveryCodes[3]?.toUpperCase()} `;
    await signIn.withCode(await ticketFrom(), typed, desk);
    await expect(signIn.withCode(await ticketFrom(), typed, desk)).rejects.toMatchObject({ code: "wrong_code" });
    expect((await secondFactors.stateOf(person)).recoveryCodesLeft).toBe(9);
  });

  test("makes new recovery codes in the place of the old ones", async () => {
    const { signIn, recoveryCodes, ticketFrom, person, secondFactors } = await withTwoFactor(open);
    const renewed = await secondFactors.renewRecoveryCodes(person);
    expect(new Set([...renewed, ...recoveryCodes]).size).toBe(20);
    const old = signIn.withCode(await ticketFrom(), recoveryCodes[0] ?? "", desk);
    await expect(old).rejects.toMatchObject({ code: "wrong_code" });
    await expect(signIn.withCode(await ticketFrom(), renewed[0] ?? "", desk)).resolves.toHaveProperty("token");
  });

  test("is not begun anew while it is on, and is gone once it is turned off", async () => {
    const { signIn, person, secondFactors, recoveryCodes } = await withTwoFactor(open);
    await expect(secondFactors.begin(person, ana.email)).rejects.toMatchObject({ code: "second_factor_on" });
    await secondFactors.turnOff(person);
    expect(await signIn.withPassword(ana, desk)).toHaveProperty("token");
    expect(await secondFactors.accepts(person, recoveryCodes[0] ?? "", desk.address)).toBe(false);
    await expect(secondFactors.renewRecoveryCodes(person)).rejects.toMatchObject({ code: "second_factor_off" });
  });

  test("is of no use to another person: neither the code nor the recovery codes", async () => {
    const { code, recoveryCodes, secondFactors, organisationId, ...parts } = await withTwoFactor(open);
    const ben = { ...ana, email: "ben@example.org", organisationId, role: "member" as const };
    const { user } = await createUser(parts, ben);
    const other = { organisationId, userId: user.id };
    expect(await secondFactors.accepts(other, code(), desk.address)).toBe(false);
    expect(await secondFactors.accepts(other, recoveryCodes[0] ?? "", desk.address)).toBe(false);
    const elsewhere = { organisationId: user.id, userId: parts.person.userId };
    expect(await secondFactors.accepts(elsewhere, code(), desk.address)).toBe(false);
  });
});

describeEachDialect("The second step", (open) => {
  test("is told only to who knows the password", async () => {
    const { signIn } = await withTwoFactor(open);
    const outcome = (credentials: { email: string; password: string }) =>
      signIn.withPassword(credentials, desk).catch((error: Error) => [error.message, JSON.stringify(error)]);
    const wrong = await outcome({ ...ana, password: "wrong horse battery" });
    expect(wrong).toEqual(await outcome({ email: "nobody@example.org", password: "wrong horse battery" }));
  });

  test("can be taken for five minutes", async () => {
    const { signIn, code, ticketFrom, time } = await withTwoFactor(open);
    const ticket = await ticketFrom();
    time.now += ticketLifetimeMs;
    await expect(signIn.withCode(ticket, code(), desk)).rejects.toMatchObject({ code: "second_step_expired" });
  });

  test("can be tried again after a wrong code, and leads in once", async () => {
    const { signIn, code, ticketFrom, recoveryCodes } = await withTwoFactor(open);
    const ticket = await ticketFrom();
    await expect(signIn.withCode(ticket, "000000", desk)).rejects.toMatchObject({ code: "wrong_code" });
    await signIn.withCode(ticket, code(), desk);
    const again = signIn.withCode(ticket, recoveryCodes[0] ?? "", desk);
    await expect(again).rejects.toMatchObject({ code: "second_step_expired" });
  });

  test.each(["", "a.b", "eyJ1c2VySWQiOiJ4In0.AAAA"])("is not reached with the ticket %j", async (ticket) => {
    const { signIn, code } = await withTwoFactor(open);
    await expect(signIn.withCode(ticket, code(), desk)).rejects.toMatchObject({ code: "second_step_expired" });
  });

  test("is over when the password is reset or the person is disabled meanwhile, and survives a reset", async () => {
    const accounts = await withTwoFactor(open);
    const { signIn, code, person, ticketFrom } = accounts;
    const before = await ticketFrom();
    const password = await resetPassword(accounts, person);
    await expect(signIn.withCode(before, code(), desk)).rejects.toMatchObject({ code: "second_step_expired" });
    const entered = await signIn.withPassword({ ...ana, password }, desk);
    if (!("ticket" in entered)) throw new Error("The reset let somebody past two-factor.");
    await setDisabled(accounts.db, person, true);
    const disabled = signIn.withCode(entered.ticket, code(), desk);
    await expect(disabled).rejects.toMatchObject({ code: "second_step_expired" });
  });

  test("stops whoever guesses codes from many addresses, and no password, recovery code or other person with them", async () => {
    const { signIn, code, ticketFrom, recoveryCodes } = await withTwoFactor(open);
    for (let guess = 1; guess <= 10; guess++) {
      const address = `198.51.100.${guess}`;
      const wrong = signIn.withCode(await ticketFrom(address), "000000", { address });
      await expect(wrong).rejects.toMatchObject({ code: "wrong_code" });
    }
    const right = signIn.withCode(await ticketFrom(), code(), desk);
    await expect(right).rejects.toMatchObject({ code: "too_many_attempts", details: { seconds: 300 } });
    const ticket = await ticketFrom();
    await expect(signIn.withCode(ticket, recoveryCodes[0] ?? "", desk)).resolves.toHaveProperty("token");
  });

  test("stops an address that guesses recovery codes", async () => {
    const { signIn, ticketFrom } = await withTwoFactor(open);
    const ticket = await ticketFrom();
    const guess = () => signIn.withCode(ticket, "abcd-efgh-ijkm-npqr", desk);
    for (let attempt = 1; attempt <= 30; attempt++) await expect(guess()).rejects.toMatchObject({ code: "wrong_code" });
    await expect(guess()).rejects.toMatchObject({ code: "too_many_attempts" });
  });
});

describeEachDialect("Proving oneself once more", (open) => {
  test("works with the password, a code or a recovery code, and with nothing else", async () => {
    const { code, recoveryCodes, ticketFrom, ...parts } = await withTwoFactor(open);
    const { token } = await parts.signIn.withCode(await ticketFrom(), code(), desk);
    const principal = (await parts.sessions.authenticate(token))!;
    parts.time.now += stepMs;
    const proofs = [ana.password, code(), recoveryCodes[1] ?? ""];
    for (const proof of proofs) await prove(parts, principal, proof, desk.address);
    for (const wrong of [code(), recoveryCodes[1] ?? "", "000000", "wrong horse"]) {
      await expect(prove(parts, principal, wrong, desk.address)).rejects.toMatchObject({ code: "wrong_proof" });
    }
  });
});

describeEachDialect("Removing the second factors of somebody whose phone is lost", (open) => {
  test("leaves the password alone, and ends every session with what it has open", async () => {
    const { code, ticketFrom, ...parts } = await withTwoFactor(open);
    const { token } = await parts.signIn.withCode(await ticketFrom(), code(), desk);
    const told: string[] = [];
    parts.openCalls.opening().admit((await parts.sessions.authenticate(token))!, () => told.push("ended"));
    await removeSecondFactors(parts, parts.person);
    expect(told).toEqual(["ended"]);
    expect(await parts.sessions.authenticate(token)).toBeNull();
    expect(await parts.secondFactors.stateOf(parts.person)).toEqual({ onSince: null, recoveryCodesLeft: 0 });
    expect(await parts.signIn.withPassword(ana, desk)).toHaveProperty("token");
    await expect(parts.signIn.withPassword({ ...ana, password: "wrong" }, desk)).rejects.toMatchObject({
      code: "invalid_credentials",
    });
  });
});
