import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { describe, expect, test } from "vitest";
import { createPasswords } from "./password.ts";

const cheap = { memoryKib: 64, passes: 1 };

describe("A password", () => {
  test("is accepted where it is right and refused where it differs in one character", async () => {
    const passwords = createPasswords(cheap);
    const hash = await passwords.hash("correct horse battery");
    expect(await passwords.verify("correct horse battery", hash)).toEqual({ matches: true, outdated: false });
    expect(await passwords.verify("correct horse batterz", hash)).toEqual({ matches: false, outdated: false });
    expect(await passwords.verify("", hash)).toEqual({ matches: false, outdated: false });
  });

  test("is stored with its cost at today's default, and never twice alike", async () => {
    const passwords = createPasswords();
    const [one, other] = await Promise.all([passwords.hash("correct horse"), passwords.hash("correct horse")]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=32768,t=3,p=1\$[^$]{22}\$[^$]{43}$/);
    expect(one).not.toBe(other);
  });

  test("typed in composed or decomposed letters is the same password", async () => {
    const passwords = createPasswords(cheap);
    const hash = await passwords.hash("বাংলা পড়া é".normalize("NFC"));
    const { matches } = await passwords.verify("বাংলা পড়া é".normalize("NFD"), hash);
    expect(matches).toBe(true);
  });

  test("hashed at another cost still matches and is reported as outdated", async () => {
    const old = await createPasswords({ memoryKib: 32, passes: 1 }).hash("correct horse");
    const check = await createPasswords(cheap).verify("correct horse", old);
    expect(check).toEqual({ matches: true, outdated: true });
  });

  test("never matches where there is no account", async () => {
    expect(await createPasswords(cheap).verify("anything", null)).toEqual({ matches: false, outdated: false });
  });

  test.each(["", "plain", "$argon2id$v=19$m=99999999,t=3,p=1$AAAA$AAAA", "$scrypt$ln=15$AAAA$AAAA"])(
    "is not compared with a stored value that is no hash of ours: %j",
    async (stored) => {
      await expect(createPasswords(cheap).verify("anything", stored)).rejects.toThrow("stored password hash");
    },
  );

  test("is refused with a time to wait when more than 64 wait for their turn", async () => {
    const passwords = createPasswords(cheap);
    const outcomes = await Promise.allSettled(Array.from({ length: 70 }, () => passwords.hash("correct horse")));
    const refused = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(refused.map((outcome) => outcome.reason)).toEqual(
      Array.from({ length: 4 }, () => expect.objectContaining({ code: "too_many_attempts", details: { seconds: 5 } })),
    );
  });
});

describe("A Node.js without Argon2", () => {
  test("is named, with the version that has it, before anyone is locked out", () => {
    const { argon2 } = crypto;
    Object.assign(crypto, { argon2: undefined });
    syncBuiltinESMExports();
    try {
      expect(() => createPasswords()).toThrow(
        /^This Node\.js \(v[\d.]+, OpenSSL .+\) cannot hash .+ 24\.19 or later\.$/,
      );
    } finally {
      Object.assign(crypto, { argon2 });
      syncBuiltinESMExports();
    }
  });
});
