// What the saved states of this data folder are sealed with and named by. Each model has a key of its own, so that what
// was saved of one never opens for another.
import { createHash, createHmac, hkdfSync } from "node:crypto";
import { open } from "node:fs/promises";
import { basename } from "node:path";

export interface CacheKeys {
  /** Of one model's states. */
  keyOf(fingerprint: string): Buffer;
  /** Opaque to whoever sees the folder: 16 hex digits. */
  tagOf(kind: "owner" | "conversation", id: string): string;
}

export function createCacheKeys(secret: Buffer): CacheKeys {
  const derive = (purpose: string) => Buffer.from(hkdfSync("sha256", secret, "", `shobar/${purpose}`, secret.length));
  const names = derive("state-names");
  return {
    keyOf: (fingerprint) => derive(`states-of:${fingerprint}`),
    tagOf: (kind, id) => createHmac("sha256", names).update(`${kind} ${id}`).digest("hex").slice(0, 16),
  };
}

export interface ComputedBy {
  readonly path: string;
  /** Of all its parts. */
  readonly fileBytes: number;
  readonly modifiedAt: number;
  readonly kvType: string;
  /** Its file name carries the release. */
  readonly libraryFile: string;
}

/** Of the file's start, which holds all that describes the weights; hashing all of it would take longer than to load it. */
const hashedBytes = 1024 * 1024;

/** Differs for states that another model, another kind of cache or another release of the library has made. */
export async function modelFingerprint({ path, fileBytes, modifiedAt, kvType, libraryFile }: ComputedBy) {
  await using file = await open(path, "r");
  const { buffer, bytesRead } = await file.read(Buffer.alloc(hashedBytes), 0, hashedBytes, 0);
  const facts = JSON.stringify([fileBytes, modifiedAt, kvType, basename(libraryFile)]);
  return createHash("sha256").update(facts).update(buffer.subarray(0, bytesRead)).digest("hex").slice(0, 32);
}
