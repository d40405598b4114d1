import { describe, expect, test } from "vitest";
import { createOpenCalls } from "./open-calls.ts";
import type { Principal } from "./principal.ts";

const principal: Principal = {
  userId: "ana",
  organisationId: "organisation",
  role: "member",
  via: "session",
  credentialId: "laptop",
};

function admitted(changes: Partial<Principal> = {}) {
  const openCalls = createOpenCalls();
  const reasons: string[] = [];
  const opening = openCalls.opening();
  opening.admit({ ...principal, ...changes }, ({ code }) => reasons.push(code));
  return { openCalls, opening, reasons };
}

describe("An open call", () => {
  test.each([
    ["ana", "session", "not_signed_in"],
    ["laptop", "session", "not_signed_in"],
    ["laptop", "api-key", "invalid_api_key"],
  ] as const)("ends with %s, opened by a %s, and is told %s once", (id, via, code) => {
    const { openCalls, reasons } = admitted({ via });
    openCalls.end(["somebody", "another"]);
    expect(reasons).toEqual([]);
    openCalls.end(["somebody", id]);
    openCalls.end([id]);
    expect(reasons).toEqual([code]);
  });

  test("ends at once when its credential ended while it was looked up", () => {
    const openCalls = createOpenCalls();
    const opening = openCalls.opening();
    openCalls.end(["laptop"]);
    const reasons: string[] = [];
    opening.admit(principal, ({ code }) => reasons.push(code));
    expect(reasons).toEqual(["not_signed_in"]);
  });

  test("is told nothing of what ended before it or after its close", () => {
    const openCalls = createOpenCalls();
    openCalls.end(["ana"]);
    const opening = openCalls.opening();
    const reasons: string[] = [];
    opening.admit(principal, ({ code }) => reasons.push(code));
    opening.close();
    openCalls.end(["ana"]);
    expect(reasons).toEqual([]);
  });
});
