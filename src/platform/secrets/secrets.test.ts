import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Database } from "../database/command.ts";
import { openInlineDatabase } from "../database/inline-database.ts";
import { migrate } from "../database/migrate.ts";
import { saveKeyCheck } from "./key-check-store.ts";
import { addKeys, readKeyFile } from "./key-file.ts";
import { openSecrets } from "./open-secrets.ts";
import { createSecrets } from "./secrets.ts";

const purpose = "provider-key:1";

describe("A sealed value", () => {
  const secrets = createSecrets(randomBytes(32));

  test.each(["", "sk-1234", "চাবি 🔑", "x".repeat(100_000)])(
    "opens to what it was, and is never the same twice",
    (plain) => {
      const sealed = secrets.seal(plain, purpose);
      expect(secrets.open(sealed, purpose)).toBe(plain);
      expect(secrets.seal(plain, purpose)).not.toBe(sealed);
      expect(plain === "" || !sealed.includes(plain)).toBe(true);
    },
  );

  test("opens with no other key and in no other place", () => {
    const sealed = secrets.seal("sk-1234", purpose);
    expect(() => secrets.open(sealed, "provider-key:2")).toThrow("A stored secret (provider-key) is damaged");
    expect(() => createSecrets(randomBytes(32)).open(sealed, purpose)).toThrow("is damaged");
  });

  test("is refused with any character changed, cut off anywhere, and in another form", () => {
    const sealed = secrets.seal("sk-1234", purpose);
    for (let place = 0; place < sealed.length; place++) {
      const other = sealed[place] === "A" ? "B" : "A";
      // The last character carries bits that no byte has; those may differ.
      if (place < sealed.length - 1) {
        expect(() => secrets.open(sealed.slice(0, place) + other + sealed.slice(place + 1), purpose)).toThrow();
      }
      expect(() => secrets.open(sealed.slice(0, place), purpose)).toThrow();
    }
  });
});

describe("The key", () => {
  let dataFolder: string;
  let db: Database;
  const clock = () => 7;
  const open = () => openSecrets({ dataFolder, db, clock });
  const file = () => join(dataFolder, "secrets.key");

  beforeEach(async () => {
    dataFolder = mkdtempSync(join(tmpdir(), "shobar-secrets-"));
    db = openInlineDatabase(":memory:");
    await db.run(migrate, { now: 1 });
  });
  afterEach(async () => {
    await db.close();
    rmSync(dataFolder, { recursive: true });
  });

  test("is made once, readable by its own user alone, and opens later what it sealed", async () => {
    const sealed = (await open()).seal("sk-1234", purpose);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readdirSync(dataFolder)).toEqual(["secrets.key"]);
    const before = readFileSync(file());
    expect((await open()).open(sealed, purpose)).toBe("sk-1234");
    expect(readFileSync(file()).equals(before)).toBe(true);
  });

  test("that a killed first start left behind is the one that is used", async () => {
    await addKeys(dataFolder, [randomBytes(32)]);
    const left = readFileSync(file());
    await open();
    expect(readFileSync(file()).equals(left)).toBe(true);
  });

  test("that is lost is named, and none is made in its place", async () => {
    await open();
    rmSync(file());
    await expect(open()).rejects.toMatchObject({
      code: "secrets_key_wrong",
      details: { file: file(), problem: "it is missing" },
    });
    expect(readdirSync(dataFolder)).toEqual([]);
  });

  test("of another database, or no key at all, is refused and left as it is", async () => {
    await open();
    for (const [content, problem] of [
      [`${randomBytes(32).toString("base64url")}\n`, "it belongs to another database"],
      ["", "it is no key file"],
      ["short\n", "it is no key file"],
      ["x".repeat(100_000), "it is no key file"],
    ] as const) {
      writeFileSync(file(), content);
      await expect(open()).rejects.toMatchObject({ code: "secrets_key_wrong", details: { problem } });
      expect(readFileSync(file(), "utf8")).toBe(content);
    }
  });

  test("that came readable for everybody is closed again", async () => {
    await open();
    const kept = readFileSync(file());
    rmSync(file());
    writeFileSync(file(), kept, { mode: 0o644 });
    await open();
    expect(statSync(file()).mode & 0o777).toBe(0o600);
  });

  test("that a restore brings stands before the old one, and each database finds its own", async () => {
    const sealed = (await open()).seal("sk-1234", purpose);
    await addKeys(dataFolder, [randomBytes(32)]);
    expect((await open()).open(sealed, purpose)).toBe("sk-1234");
    const [restored] = readKeyFile(dataFolder)!;
    await addKeys(dataFolder, [restored!]);
    expect(readKeyFile(dataFolder)).toHaveLength(2);
  });

  test("that is damaged is set aside by a restore, not lost", async () => {
    writeFileSync(file(), "damaged");
    const key = randomBytes(32);
    await addKeys(dataFolder, [key]);
    expect(readKeyFile(dataFolder)).toEqual([key]);
    expect(readFileSync(`${file()}.damaged`, "utf8")).toBe("damaged");
  });

  test("is checked against the first one that was ever used", async () => {
    await open();
    await db.run(saveKeyCheck, { keyCheck: "another", now: 9 });
    await expect(open()).resolves.toBeDefined();
  });
});
