import { expect, test } from "vitest";
import { describeEachDialect, type OpenDatabase } from "../../../../tests/support/each-dialect.ts";
import { createPasskeyDevice, type Deviation } from "../../../../tests/support/passkey-device.ts";
import { setDisabled } from "../../../../tests/support/set-disabled.ts";
import { createSignInParts } from "../../../../tests/support/sign-in-parts.ts";
import type { Database } from "../../../platform/database/command.ts";
import { AppError } from "../../../platform/errors.ts";
import { createPasskeys } from "./passkeys.ts";
import { ticketLifetimeMs } from "./sign-in-tickets.ts";
import { createUser, ensureOrganisation } from "./users.ts";

const desk = { address: "203.0.113.5" };
const site = { host: "chat.example.org", origin: "https://chat.example.org" };
const ana = { name: "Ana", email: "ana@example.org", password: "correct horse battery" };
const ben = { name: "Ben", email: "ben@example.org", password: "tram olive lantern" };

async function withPasskey(open: OpenDatabase) {
  const parts = createSignInParts(await open());
  const warnings: object[] = [];
  const logger = { warn: (fields: object) => void warnings.push(fields) };
  const passkeys = createPasskeys({ ...parts, logger });
  const organisationId = await ensureOrganisation(parts);
  const aPerson = async (who: typeof ana) => {
    const { user } = await createUser(parts, { ...who, organisationId, role: "member" });
    return { organisationId, userId: user.id };
  };
  const [person, other] = [await aPerson(ana), await aPerson(ben)];
  const device = createPasskeyDevice(site);
  const options = await passkeys.begin(person, ana, site);
  const passkey = await passkeys.add(person, { name: "Laptop", credential: device.make(options) }, site);
  /** Signs in with a fresh challenge, or with one that was made before. */
  async function enter(deviation: Deviation = {}, challenge?: Record<string, unknown>, where = site) {
    const asked = challenge ?? (await passkeys.beginSignIn(where));
    return passkeys.signIn(device.answer(asked, person.userId, deviation), where, desk);
  }
  return { ...parts, passkeys, organisationId, person, other, device, passkey, enter, warnings };
}

const refused = { code: "passkey_refused" };

describeEachDialect("A passkey", (open) => {
  test("signs its person in without email, password or code, also where two-factor is on", async () => {
    const { enter, person, sessions, secondFactors, passkeys, time } = await withPasskey(open);
    await secondFactors.begin(person, ana.email);
    const { user, token } = await enter();
    expect(user).toMatchObject({ id: person.userId, email: ana.email });
    expect(await sessions.authenticate(token)).toMatchObject({ userId: person.userId, via: "session" });
    expect(await passkeys.list(person)).toMatchObject([{ name: "Laptop", host: site.host, lastUsedAt: time.now }]);
  });

  test("answers each challenge once, and only for five minutes", async () => {
    const { passkeys, device, person, enter, time } = await withPasskey(open);
    const options = await passkeys.beginSignIn(site);
    const answer = device.answer(options, person.userId);
    await passkeys.signIn(answer, site, desk);
    await expect(passkeys.signIn(answer, site, desk)).rejects.toMatchObject(refused);
    await expect(enter({}, options)).rejects.toMatchObject(refused);
    const late = await passkeys.beginSignIn(site);
    time.now += ticketLifetimeMs;
    await expect(enter({}, late)).rejects.toMatchObject(refused);
  });

  test("answers one of twenty who bring the same assertion at the same moment", async () => {
    const { passkeys, device, person } = await withPasskey(open);
    const answer = device.answer(await passkeys.beginSignIn(site), person.userId);
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => passkeys.signIn(answer, site, desk)));
    expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test.each<[string, Deviation]>([
    ["another origin", { origin: "https://evil.example" }],
    ["the plain twin of the origin", { origin: "http://chat.example.org" }],
    ["another host", { host: "evil.example" }],
    ["a challenge of its own", { challenge: Buffer.from("made up").toString("base64url") }],
    ["nobody verified", { isUserVerified: false }],
    ["the message of making one", { type: "webauthn.create" }],
    ["no such person", { userHandle: "01900000-0000-7000-8000-ffffffffffff" }],
  ])("with %s is refused", async (_, deviation) => {
    const { enter } = await withPasskey(open);
    await expect(enter(deviation)).rejects.toMatchObject(refused);
    await expect(enter()).resolves.toHaveProperty("token");
  });

  test("does not sign in as somebody else, nor with another's signature", async () => {
    const { passkeys, device, enter, other, person } = await withPasskey(open);
    await expect(enter({ userHandle: other.userId })).rejects.toMatchObject(refused);
    const strangers = createPasskeyDevice(site);
    const options = await passkeys.beginSignIn(site);
    const forged = { ...strangers.answer(options, person.userId), id: device.id, rawId: device.id };
    await expect(passkeys.signIn(forged, site, desk)).rejects.toMatchObject(refused);
  });

  test("works at the host that it was made for alone", async () => {
    const { enter } = await withPasskey(open);
    const elsewhere = { host: "chat.example.com", origin: "https://chat.example.com" };
    await expect(enter({ ...elsewhere }, undefined, elsewhere)).rejects.toMatchObject(refused);
  });

  test("whose counter went back is refused and told to the log: it may be a copy", async () => {
    const { enter, warnings } = await withPasskey(open);
    await enter({ counter: 10 });
    await expect(enter({ counter: 9 })).rejects.toMatchObject(refused);
    expect(warnings).toMatchObject([{ event: "passkey-counter-went-back" }]);
    await expect(enter({ counter: 11 })).resolves.toHaveProperty("token");
  });

  test("of a disabled person, and one that was removed, signs nobody in", async () => {
    const { enter, person, passkeys, passkey, ...parts } = await withPasskey(open);
    await setDisabled(parts.db, person, true);
    await expect(enter()).rejects.toMatchObject(refused);
    await setDisabled(parts.db, person, false);
    await expect(enter()).resolves.toHaveProperty("token");
    await passkeys.remove(person, passkey.id);
    await expect(enter()).rejects.toMatchObject(refused);
  });

  test("is renamed and removed by its person alone", async () => {
    const { passkeys, person, other, passkey, enter } = await withPasskey(open);
    const missing = { code: "passkey_not_found" };
    await expect(passkeys.rename(other, passkey.id, "Mine")).rejects.toMatchObject(missing);
    await expect(passkeys.remove(other, passkey.id)).rejects.toMatchObject(missing);
    expect(await passkeys.list(other)).toEqual([]);
    expect(await passkeys.rename(person, passkey.id, "Old laptop")).toMatchObject({ name: "Old laptop" });
    await expect(enter()).resolves.toHaveProperty("token");
  });

  test.each([{}, { id: "x" }, { id: 7, response: null }, { id: "x", response: { userHandle: 1 } }])(
    "that is no passkey at all (%j) is refused like a wrong one",
    async (nonsense) => {
      const { passkeys, person } = await withPasskey(open);
      await expect(passkeys.signIn(nonsense, site, desk)).rejects.toMatchObject(refused);
      const made = { name: "Nonsense", credential: nonsense };
      await expect(passkeys.add(person, made, site)).rejects.toMatchObject(refused);
    },
  );

  test("is not called a wrong one where the disk is too full to note its use", async () => {
    const { device, person, db, ...parts } = await withPasskey(open);
    const isFull = (command: { name: string }) => command.name === "passkeys.use";
    const full: Database = {
      ...db,
      run: (command, args) => (isFull(command) ? Promise.reject(new AppError("disk_full")) : db.run(command, args)),
    };
    const passkeys = createPasskeys({ ...parts, db: full, logger: { warn: () => {} } });
    const answer = device.answer(await passkeys.beginSignIn(site), person.userId);
    await expect(passkeys.signIn(answer, site, desk)).rejects.toMatchObject({ code: "disk_full" });
  });

  test("is guessed at no faster than a password", async () => {
    const { passkeys, enter } = await withPasskey(open);
    for (let attempt = 1; attempt <= 30; attempt++) {
      await expect(passkeys.signIn({ id: "x" }, site, desk)).rejects.toMatchObject(refused);
    }
    await expect(enter()).rejects.toMatchObject({ code: "too_many_attempts" });
  });
});

describeEachDialect("Making a passkey", (open) => {
  test("needs the challenge that was made for this person at this host, once", async () => {
    const { passkeys, person, other } = await withPasskey(open);
    const options = await passkeys.begin(person, ana, site);
    const make = (deviation: Deviation = {}) => ({
      name: "Phone",
      credential: createPasskeyDevice(site).make(options, deviation),
    });
    await expect(passkeys.add(other, make(), site)).rejects.toMatchObject(refused);
    for (const deviation of [{ origin: "https://evil.example" }, { isUserVerified: false }, { challenge: "AAAA" }]) {
      await expect(passkeys.add(person, make(deviation), site)).rejects.toMatchObject(refused);
    }
    await passkeys.add(person, make(), site);
    await expect(passkeys.add(person, make(), site)).rejects.toMatchObject(refused);
    expect(await passkeys.list(person)).toHaveLength(2);
  });

  test("takes no credential that somebody has already, and no more than twenty", async () => {
    const { passkeys, person, other, device } = await withPasskey(open);
    const again = device.make(await passkeys.begin(other, ben, site));
    await expect(passkeys.add(other, { name: "Copy", credential: again }, site)).rejects.toMatchObject(refused);
    const add = async (name: string) => {
      const options = await passkeys.begin(person, ana, site);
      return passkeys.add(person, { name, credential: createPasskeyDevice(site).make(options) }, site);
    };
    for (let made = 2; made <= 20; made++) await add(`Number ${made}`);
    await expect(add("Number 21")).rejects.toMatchObject(refused);
    expect(await passkeys.list(person)).toHaveLength(20);
  });
});
