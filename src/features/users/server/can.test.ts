import { describe, expect, test } from "vitest";
import { type Action, can, type Right } from "./can.ts";

const actions: Action[] = ["read", "write", "delete", "share"];
const roles = ["owner", "admin", "member"] as const;

function allowed(user: { userId: string; organisationId: string }, grants?: Right[]): Action[][] {
  const resource = { organisationId: "o1", ownerId: "ana", grants };
  return roles.map((role) => actions.filter((action) => can({ ...user, role }, action, resource)));
}

const everyRole = (expected: Action[]) => roles.map(() => expected);

describe("Whoever owns a thing", () => {
  test("may do everything with it", () => {
    expect(allowed({ userId: "ana", organisationId: "o1" })).toEqual(everyRole(actions));
  });

  test("may do nothing with it from another organisation", () => {
    expect(allowed({ userId: "ana", organisationId: "o2" }, ["read", "write"])).toEqual(everyRole([]));
  });
});

describe("Whoever does not own a thing", () => {
  const ben = { userId: "ben", organisationId: "o1" };

  test("may do nothing with it, admins and the server's owner included", () => {
    expect(allowed(ben)).toEqual(everyRole([]));
    expect(allowed(ben, [])).toEqual(everyRole([]));
  });

  test("may read what was granted for reading", () => {
    expect(allowed(ben, ["read"])).toEqual(everyRole(["read"]));
  });

  test("may read and write what was granted for writing, and neither delete nor share it", () => {
    expect(allowed(ben, ["write"])).toEqual(everyRole(["read", "write"]));
    expect(allowed(ben, ["read", "write"])).toEqual(everyRole(["read", "write"]));
  });

  test("may do nothing with it from another organisation, whatever was granted", () => {
    expect(allowed({ userId: "ben", organisationId: "o2" }, ["read", "write"])).toEqual(everyRole([]));
  });
});
