// Passwords are stored as Argon2id hashes in the standard (PHC) string form, so that the cost travels with the hash and
// can be raised later. Few are computed at a time: a storm of sign-ins may wait, but not eat the machine.
import * as crypto from "node:crypto";
import { promisify } from "node:util";
import { AppError } from "../../../platform/errors.ts";
import { createTurns } from "./turns.ts";

export interface PasswordCost {
  readonly memoryKib: number;
  readonly passes: number;
}

/**
 * Three times OWASP's least cost (19 MiB, 2 passes); 75 ms on a 2026 server core. From 32 MiB on, glibc gives the memory
 * back after each hash; with 19 MiB the process stayed 115 MB larger (measured).
 */
const defaultCost: PasswordCost = { memoryKib: 32_768, passes: 3 };

const maxParallelHashes = 2;
const maxWaitingHashes = 64;
const retryAfterSeconds = 5;
const saltBytes = 16;
const hashBytes = 32;

export interface Passwords {
  /** Throws too_many_attempts when too many are waiting already. */
  hash(password: string): Promise<string>;
  /** `stored` is null where there is no such account: the same work is done, so that time does not tell. */
  verify(password: string, stored: string | null): Promise<PasswordCheck>;
}

export interface PasswordCheck {
  readonly matches: boolean;
  /** The hash was made at another cost than today's and should be made again. */
  readonly outdated: boolean;
}

/** Throws password_hashing_unavailable on a Node.js without Argon2 (older than 24.7, or built with OpenSSL before 3.2). */
export function createPasswords(cost: PasswordCost = defaultCost): Passwords {
  const derive = requireArgon2();
  const turns = createTurns({
    maxParallel: maxParallelHashes,
    maxWaiting: maxWaitingHashes,
    refuse: () => new AppError("too_many_attempts", { seconds: retryAfterSeconds }),
  });
  const noAccount: StoredHash = { ...cost, salt: crypto.randomBytes(saltBytes), hash: crypto.randomBytes(hashBytes) };

  function compute(password: string, { memoryKib, passes }: PasswordCost, salt: Buffer): Promise<Buffer> {
    // The same letters can be typed as different code points on different devices (Bengali, accents).
    const message = Buffer.from(password.normalize("NFKC"));
    const parameters = { message, nonce: salt, parallelism: 1, tagLength: hashBytes, memory: memoryKib, passes };
    return turns.run(() => derive("argon2id", parameters));
  }

  return {
    async hash(password) {
      const salt = crypto.randomBytes(saltBytes);
      const hash = await compute(password, cost, salt);
      return format({ ...cost, salt, hash });
    },
    async verify(password, stored) {
      const known = stored === null ? noAccount : parse(stored);
      const hash = await compute(password, known, known.salt);
      const equal = crypto.timingSafeEqual(hash, known.hash);
      const outdated = known.memoryKib !== cost.memoryKib || known.passes !== cost.passes;
      return { matches: equal && stored !== null, outdated };
    },
  };
}

function requireArgon2(): (algorithm: "argon2id", parameters: crypto.Argon2Parameters) => Promise<Buffer> {
  // Read from the module when it is needed: importing a name that an older Node.js has not got fails without a sentence.
  const { argon2 } = crypto as Partial<typeof crypto>;
  const { openssl } = process.versions;
  const [major = 0, minor = 0] = openssl.split(".").map((part) => Number.parseInt(part, 10));
  if (!argon2 || major < 3 || (major === 3 && minor < 2)) {
    throw new AppError("password_hashing_unavailable", { version: process.version, openssl });
  }
  return promisify(argon2);
}

interface StoredHash extends PasswordCost {
  readonly salt: Buffer;
  readonly hash: Buffer;
}

function format({ memoryKib, passes, salt, hash }: StoredHash): string {
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=1$${unpadded(salt)}$${unpadded(hash)}`;
}

const storedForm = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=1\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/;

function parse(stored: string): StoredHash {
  const [, memory, passes, salt, hash] = storedForm.exec(stored) ?? [];
  if (!memory || !passes || !salt || !hash) {
    throw new Error("a stored password hash is not in the form that this version writes");
  }
  return {
    memoryKib: Number(memory),
    passes: Number(passes),
    salt: Buffer.from(salt, "base64"),
    hash: Buffer.from(hash, "base64"),
  };
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
