import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { seededRandom } from "../../../tests/support/seeded-random.ts";
import { type DeriveKey, headerBytes, pieceBytes, tagBytes } from "./backup-seal.ts";
import { openBackup } from "./read-backup.ts";
import { writeBackup } from "./write-backup.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shobar-backup-"));
  file = join(folder, "monday.shobar");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The real one is slow on purpose. */
const deriveKey: DeriveKey = async (passphrase, salt) => createHash("sha256").update(salt).update(passphrase).digest();
const manifest = { createdAt: 1, version: "0.1.0", migrations: ["0001-first"], models: [{ file: "a.gguf", bytes: 2 }] };
const secretsKeys = [randomBytes(32), randomBytes(32)];
const sealedPieceBytes = pieceBytes + tagBytes;

async function write(database: Buffer, passphrase: string | null = "open sesame"): Promise<Buffer> {
  const databaseFile = join(folder, "source.db");
  writeFileSync(databaseFile, database);
  const whole = { ...manifest, databaseBytes: database.length };
  const plan = { file, databaseFile, manifest: whole, secretsKeys, passphrase, deriveKey };
  await writeBackup(plan);
  return readFileSync(file);
}

async function read(passphrase: string | null = "open sesame"): Promise<Buffer> {
  await using backup = await openBackup({ file, passphrase, deriveKey });
  return Buffer.concat(await Array.fromAsync(backup.database));
}

/** The code of the refusal; undefined where there is none. */
async function refusalOf(bytes: Buffer, passphrase: string | null = "open sesame"): Promise<string | undefined> {
  writeFileSync(file, bytes);
  return read(passphrase).then(
    () => undefined,
    (error: { code?: string }) => error.code ?? "not one of ours",
  );
}

/** Of "the database", as format 1 wrote it: nothing between the list of contents and the database. */
const formatOne = [
  "U0hPQkFSQksBARjfQkL8xwZZeO66Jw/+6EBMNMXVBWb/GuPg2EGvocXnHdTFKCuuUkZKBQg7AvjKKo2zWELIvefRAe6MsE06x6lx",
  "+JavX6/rHpAMSmZxsvJu/SmxBAQVD7Zd8QL1tbwFmEI7aoY0VwoeDTQcbluuLLqF3TOMAMvxBkxacgVFVtHiXW7eyaDx+ZmFOLQH",
  "iCWOyUBP69hN7V5GxGlqmQ==",
].join("");

describe("A backup file", () => {
  test.each([0, 1, pieceBytes - 500, pieceBytes, 3 * pieceBytes, 5_000_000])(
    "gives back a database of %d bytes, with its manifest, encrypted or not",
    async (length) => {
      const database = randomBytes(length);
      for (const passphrase of ["open sesame", null]) {
        await write(database, passphrase);
        expect((await read(passphrase)).equals(database)).toBe(true);
        await using backup = await openBackup({ file, passphrase, deriveKey });
        expect(backup).toMatchObject({ isEncrypted: passphrase !== null, manifest, secretsKeys });
      }
    },
  );

  test("that exactly fills its pieces ends with a full one", async () => {
    const overhead = 4 + JSON.stringify({ ...manifest, databaseBytes: 100_000 }).length + 4 + 2 * 44;
    const database = randomBytes(2 * pieceBytes - overhead);
    expect(await write(database)).toHaveLength(headerBytes + 2 * sealedPieceBytes);
    expect((await read()).equals(database)).toBe(true);
  });

  test("shows nothing of what is in it once it has a passphrase, and is never the same twice", async () => {
    const database = Buffer.from("a secret of the office ".repeat(10_000));
    const first = await write(database);
    expect(first.includes("secret") || first.includes("a.gguf")).toBe(false);
    expect((await write(database)).subarray(headerBytes, headerBytes + 100)).not.toEqual(
      first.subarray(headerBytes, headerBytes + 100),
    );
  });

  test("is refused with another passphrase, without one, and with one where it has none", async () => {
    const encrypted = await write(randomBytes(1000));
    expect(await refusalOf(encrypted, "open sesamf")).toBe("backup_passphrase_wrong");
    expect(await refusalOf(encrypted, null)).toBe("backup_passphrase_needed");
    const plain = await write(randomBytes(1000), null);
    expect(await refusalOf(plain, "open sesame")).toBe("backup_not_encrypted");
  });

  test.each(["open sesame", null])("is refused with any byte changed (passphrase %s)", async (passphrase) => {
    const whole = await write(randomBytes(200_000), passphrase);
    const random = seededRandom(20_261_124);
    const inEachPiece = [0, 1, 2, 3].flatMap((piece) => {
      const start = headerBytes + piece * sealedPieceBytes;
      return [start, start + 4, start + sealedPieceBytes - tagBytes, start + sealedPieceBytes - 1];
    });
    const anywhere = Array.from({ length: 150 }, () => Math.floor(random() * whole.length));
    const header = Array.from({ length: headerBytes }, (_, position) => position);
    const places = [...header, ...inEachPiece, ...anywhere, whole.length - 1].filter((each) => each < whole.length);
    for (const place of places) {
      const changed = Buffer.from(whole);
      changed[place]! ^= 1 << Math.floor(random() * 8);
      expect(await refusalOf(changed, passphrase), `byte ${place}`).toMatch(/^backup_(invalid|passphrase|not_enc)/);
    }
  });

  test("is refused cut off anywhere, also between two pieces, and with something behind it", async () => {
    const whole = await write(randomBytes(200_000));
    const random = seededRandom(7);
    const ends = [0, 1, 8, 9, headerBytes - 1, headerBytes, headerBytes + 1, headerBytes + tagBytes, whole.length - 1];
    const betweenPieces = [1, 2, 3].map((pieces) => headerBytes + pieces * sealedPieceBytes);
    const anywhere = Array.from({ length: 100 }, () => Math.floor(random() * whole.length));
    for (const end of [...ends, ...betweenPieces, ...anywhere]) {
      expect(await refusalOf(whole.subarray(0, end)), `cut at ${end}`).toBe("backup_invalid");
    }
    // Found at the piece itself, not only by the size of the whole.
    writeFileSync(file, whole.subarray(0, betweenPieces[1]));
    await expect(read()).rejects.toThrow("it is damaged or cut off");
    for (const behind of [Buffer.of(0), randomBytes(sealedPieceBytes), whole.subarray(headerBytes)]) {
      expect(await refusalOf(Buffer.concat([whole, behind]))).toBe("backup_invalid");
    }
  });

  test("is refused with its pieces in another order, one left out, or one of another backup", async () => {
    const other = await write(randomBytes(200_000));
    const whole = await write(randomBytes(200_000));
    const piece = (from: Buffer, number: number): Buffer =>
      from.subarray(headerBytes + number * sealedPieceBytes, headerBytes + (number + 1) * sealedPieceBytes);
    const header = whole.subarray(0, headerBytes);
    const made = (...pieces: Buffer[]): Buffer => Buffer.concat([header, ...pieces]);
    const [first, second, third, last] = [0, 1, 2, 3].map((number) => piece(whole, number)) as [
      Buffer,
      Buffer,
      Buffer,
      Buffer,
    ];
    expect(await refusalOf(made(first, second, third, last))).toBeUndefined();
    expect(await refusalOf(made(first, third, second, last))).toBe("backup_invalid");
    expect(await refusalOf(made(first, third, last))).toBe("backup_invalid");
    expect(await refusalOf(made(first, second, second, last))).toBe("backup_invalid");
    expect(await refusalOf(made(first, piece(other, 1), third, last))).toBe("backup_invalid");
  });

  test("of the first format is still read, and has no key", async () => {
    writeFileSync(file, Buffer.from(formatOne, "base64"));
    expect((await read()).toString()).toBe("the database");
    await using backup = await openBackup({ file, passphrase: "open sesame", deriveKey });
    expect(backup.secretsKeys).toBeNull();
  });

  test("shows no key of secrets in what it says of itself", async () => {
    await write(randomBytes(10));
    await using backup = await openBackup({ file, passphrase: "open sesame", deriveKey });
    expect(JSON.stringify(backup.manifest)).not.toContain(secretsKeys[0]!.toString("base64url"));
  });

  test("of a later format, or no backup at all, is refused with the reason", async () => {
    const later = await write(randomBytes(10));
    later[8] = 3;
    writeFileSync(file, later);
    await expect(read()).rejects.toThrow("a newer version of Shobar made it");
    writeFileSync(file, "SQLite format 3");
    await expect(read()).rejects.toThrow("it is no backup made by Shobar");
    rmSync(file);
    await expect(read()).rejects.toThrow("there is no such file");
  });
});

describe("Writing a backup", () => {
  test("replaces an older backup, never another file, and leaves nothing half behind", async () => {
    await write(randomBytes(10));
    const database = randomBytes(20);
    await write(database);
    expect((await read()).equals(database)).toBe(true);
    writeFileSync(file, "a letter");
    await expect(write(database)).rejects.toThrow("there is another file of that name");
    expect(readFileSync(file, "utf8")).toBe("a letter");
    expect(readdirSync(folder).toSorted()).toEqual(["monday.shobar", "source.db"]);
  });

  test("that fails in the middle leaves the older backup as it was", async () => {
    const older = await write(randomBytes(10));
    const plan = { file, manifest: { ...manifest, databaseBytes: 5 }, secretsKeys: null, passphrase: null, deriveKey };
    await expect(writeBackup({ ...plan, databaseFile: join(folder, "missing.db") })).rejects.toThrow();
    expect(readFileSync(file).equals(older)).toBe(true);
    expect(existsSync(`${file}.partial`)).toBe(false);
  });

  test("says why a place cannot be written", async () => {
    file = join(folder, "missing", "monday.shobar");
    await expect(write(randomBytes(10))).rejects.toThrow("could not be written: there is no such folder");
    file = join(folder, "a-folder");
    mkdirSync(file);
    await expect(write(randomBytes(10))).rejects.toThrow("could not be written: it is a folder");
  });
});
