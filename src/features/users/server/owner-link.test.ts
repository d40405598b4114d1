import { describe, expect, test } from "vitest";
import { createOwnerLink } from "./owner-link.ts";

describe("The owner's link", () => {
  test("has a token of 256 bits, a new one with every start", () => {
    const tokens = new Set(Array.from({ length: 100 }, () => createOwnerLink().token));
    expect(tokens.size).toBe(100);
    expect([...tokens].every((token) => Buffer.from(token, "base64url").length === 32)).toBe(true);
  });

  test("accepts its own token and nothing else", () => {
    const link = createOwnerLink();
    expect(link.accepts(link.token)).toBe(true);
    expect(link.accepts(createOwnerLink().token)).toBe(false);
    expect(link.accepts("")).toBe(false);
    expect(link.accepts(`${link.token} `)).toBe(false);
  });

  test("accepts nothing once it was used", () => {
    const link = createOwnerLink();
    link.spend();
    expect(link.accepts(link.token)).toBe(false);
  });
});
