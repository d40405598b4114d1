// Six-digit codes of an app on a phone (RFC 6238: SHA-1, 30 s), one step of the clock early or late.
import { Secret, TOTP } from "otpauth";

const periodMs = 30_000;
const tolerance = 1;
const secretBytes = 20;

export function newCodeSecret(): string {
  return new Secret({ size: secretBytes }).base32;
}

/** What apps read from the QR code; the label is what tells accounts apart on the phone. */
export function codeAddress(secret: string, email: string): string {
  return totp(secret, email).toString();
}

/** The step of the clock that the code belongs to; null for a code of none that is near. */
export function stepOfCode(secret: string, code: string, now: number): number | null {
  const delta = totp(secret).validate({ token: code, timestamp: now, window: tolerance });
  return delta === null ? null : Math.floor(now / periodMs) + delta;
}

function totp(secret: string, label = ""): TOTP {
  return new TOTP({ issuer: "Shobar", label, secret: Secret.fromBase32(secret), period: periodMs / 1000 });
}
