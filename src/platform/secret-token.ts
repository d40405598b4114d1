// Secrets that we make ourselves: 256 random bits, so that one fast hash is enough to store them safely.
import { createHash, randomBytes } from "node:crypto";

const tokenBytes = 32;

/** 43 characters that are safe in a cookie, a URL fragment and a header. */
export function newSecretToken(): string {
  return randomBytes(tokenBytes).toString("base64url");
}

/** SHA-256, hex: what is stored and looked up instead of the secret. */
export function hashSecretToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

const tokenForm = /^[A-Za-z0-9_-]{43}$/;

/** Whether it can be one at all; anything else needs no look-up. */
export function isSecretToken(value: string): boolean {
  return tokenForm.test(value);
}
