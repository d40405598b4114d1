import { beforeEach, expect, test } from "vitest";
import { describeEachDialect } from "../../../../tests/support/each-dialect.ts";
import type { Database } from "../../../platform/database/command.ts";
import { findServersOrganisation, readOrganisationName, readServerName, renameOrganisation } from "./organisation.ts";
import { ensureOrganisation } from "./users.ts";

describeEachDialect("The organisation", (open) => {
  let db: Database;
  let id: string;
  beforeEach(async () => {
    db = await open();
    expect(await findServersOrganisation(db)).toBeNull();
    id = await ensureOrganisation({ db, clock: () => 1 });
  });

  test("has no name until somebody gives it one, and the product's stands in its place", async () => {
    expect(await findServersOrganisation(db)).toEqual({ id, name: "" });
    expect(await readServerName(db, id)).toBe("Shobar");
    expect(await renameOrganisation(db, id, "  রহমান টেক্সটাইল ")).toBe("রহমান টেক্সটাইল");
    expect(await findServersOrganisation(db)).toEqual({ id, name: "রহমান টেক্সটাইল" });
    expect(await readServerName(db, id)).toBe("রহমান টেক্সটাইল");
    expect(await renameOrganisation(db, id, " ")).toBe("");
    expect(await readServerName(db, id)).toBe("Shobar");
  });

  test.each(["x".repeat(61), "two\nlines", "a bell\u0007"])("is not called %j", async (name) => {
    await renameOrganisation(db, id, "Before");
    await expect(renameOrganisation(db, id, name)).rejects.toMatchObject({ code: "invalid_request" });
    expect(await readOrganisationName(db, id)).toBe("Before");
  });

  test("of another id keeps its own", async () => {
    await renameOrganisation(db, "another", "Elsewhere");
    expect(await readOrganisationName(db, id)).toBe("");
    expect(await readOrganisationName(db, "another")).toBe("");
  });
});
