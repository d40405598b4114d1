// Six-digit codes of an app on a phone (RFC 6238: SHA-1, 30 s), one step of the clock early or late.
import { Secret, TOTP } from "otpauth";

const periodMs = 30_000;
const tolerance = 1;
const secretBytes = 20;

export function newCodeSecret(): string {
  return new Secret({ size: secretBytes }).base32;
}

/**
 * What apps read from the QR code: the server's name and the email are what tells accounts apart on the phone. A colon
 * would end the name there.
 */
export function codeAddress(secret: string, email: string, serverName: string): string {
  return totp(secret, { label: email, issuer: serverName.replaceAll(":", " ") }).toString();
}

/** The step of the clock that the code belongs to; null for a code of none that is near. */
export function stepOfCode(secret: string, code: string, now: number): number | null {
  const delta = totp(secret).validate({ token: code, timestamp: now, window: tolerance });
  return delta === null ? null : Math.floor(now / periodMs) + delta;
}

function totp(secret: string, names: { label: string; issuer: string } = { label: "", issuer: "" }): TOTP {
  return new TOTP({ ...names, secret: Secret.fromBase32(secret), period: periodMs / 1000 });
}
