import { beforeEach, expect, test } from "vitest";
import * as z from "zod/mini";
import { describeEachDialect } from "../../../../tests/support/each-dialect.ts";
import type { Database } from "../../../platform/database/command.ts";
import { ensureOrganisation } from "../../users/server/users.ts";
import { readSetting, type Setting, writeSetting } from "./settings.ts";

const colour: Setting<string | null> = {
  name: "test.colour",
  schema: z.nullable(z.string().check(z.maxLength(10))),
  initial: "grey",
};

describeEachDialect("A setting", (open) => {
  let db: Database;
  let organisationId: string;
  const clock = () => 5;

  beforeEach(async () => {
    db = await open();
    organisationId = await ensureOrganisation({ db, clock });
  });

  test("has its initial value until somebody sets it, and then the last one set", async () => {
    expect(await readSetting(db, organisationId, colour)).toBe("grey");
    await writeSetting({ db, clock }, organisationId, colour, "blue");
    await writeSetting({ db, clock }, organisationId, colour, "green");
    expect(await readSetting(db, organisationId, colour)).toBe("green");
  });

  test("can be set to nothing, which is not the same as not set", async () => {
    await writeSetting({ db, clock }, organisationId, colour, null);
    expect(await readSetting(db, organisationId, colour)).toBeNull();
  });

  test("that does not fit its description is not stored", async () => {
    await expect(writeSetting({ db, clock }, organisationId, colour, "far too long for it")).rejects.toThrow();
    expect(await readSetting(db, organisationId, colour)).toBe("grey");
  });

  test("that another version stored in another form counts as not set", async () => {
    await writeSetting({ db, clock }, organisationId, { name: colour.name, schema: z.number(), initial: 0 }, 7);
    expect(await readSetting(db, organisationId, colour)).toBe("grey");
  });
});
