import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hashNewPassword, isTooCommon } from "./new-password.ts";
import { createPasswords } from "./password.ts";
import { generatePassword } from "./users.ts";

const ana = { name: "Ana María Ruiz", email: "ana.ruiz@paperworks.example" };

describe("A new password", () => {
  test.each([
    ["on the list", "qwertyuiop"],
    ["on the list in capitals", "Basketball"],
    ["on the list with a year", "basketball2026!"],
    ["on the list in disguise", "b4sk3tb4ll"],
    ["one character again and again", "aaaaaaaaaaaa"],
    ["one Bengali letter again and again", "ককককককককককক"],
    ["three characters", "abaabcabbcac"],
    ["a piece again and again", "ab1!ab1!ab1!"],
    ["a row of the keyboard", "sdfghjklzx"],
    ["a row of the keyboard backwards", "lkjhgfdsapoiuy"],
    ["digits in sequence", "23456789012345"],
    ["digits backwards", "9876543210987"],
    ["the alphabet", "klmnopqrstuv"],
    ["the product", "shobarshobar"],
    ["the product and a year", "Shobar-2026-!"],
    ["the word itself", "P@ssw0rd12345"],
    ["two such words", "admin-password-1"],
    ["the own name", "AnaRuiz2026"],
    ["the own name in disguise", "@n@Ru1z2026"],
    ["the own email", "ana.ruiz@paperworks.example"],
    ["the own company", "paperworks99"],
  ])("that is %s is refused", async (_, password) => {
    expect(await isTooCommon(password, ana)).toBe(true);
  });

  test.each([
    "correct horse battery staple",
    "banana-anaconda",
    "tram-olive-4711",
    "my password is a poem",
    "আমার সোনার বাংলা",
    "kmq7-vz2x-99ab",
    "shobar is where we talk",
  ])("%s is taken", async (password) => {
    expect(await isTooCommon(password, ana)).toBe(false);
  });

  test("that the server makes itself is always taken", async () => {
    for (let made = 0; made < 200; made += 1) {
      expect(await isTooCommon(generatePassword(), ana)).toBe(false);
    }
  });

  test("is judged whatever its characters are, without failing and in short time", async () => {
    const whole = fc.string({ unit: "binary", minLength: 10, maxLength: 1000 });
    const property = fc.asyncProperty(whole, async (password) => {
      expect(await isTooCommon(password, ana)).toBeTypeOf("boolean");
    });
    await fc.assert(property);
  });

  test("is not judged by a name too short to mean anything", async () => {
    expect(await isTooCommon("aluminium-rail", { name: "Al", email: "a@b.c" })).toBe(false);
  });

  test("that is too common is never hashed", async () => {
    let hashed = 0;
    const real = createPasswords({ memoryKib: 8, passes: 1 });
    const passwords = { ...real, hash: (password: string) => ((hashed += 1), real.hash(password)) };
    await expect(hashNewPassword(passwords, "basketball", ana)).rejects.toMatchObject({ code: "password_too_common" });
    expect(hashed).toBe(0);
    expect(await hashNewPassword(passwords, "correct horse battery", ana)).toMatch(/^\$argon2id\$/);
  });
});
