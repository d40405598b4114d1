// What lets somebody in whose phone is lost: ten codes, each for one use. They are random enough (80 bits) that one fast
// hash is enough to store them.
import { randomInt } from "node:crypto";
import { hashSecretToken } from "../../../platform/secret-token.ts";

export const recoveryCodeCount = 10;
const groups = 4;
const groupSigns = 4;

// No letter or digit that can be taken for another: 32 signs, 5 bits each.
const signs = "abcdefghijkmnpqrstuvwxyz23456789";
const form = new RegExp(`^[${signs}]{${groups * groupSigns}}$`);

export function newRecoveryCodes(): string[] {
  return Array.from({ length: recoveryCodeCount }, newRecoveryCode);
}

/** As it is stored; null where it cannot be one. However it was typed: in capitals, without hyphens, with spaces. */
export function hashRecoveryCode(typed: string): string | null {
  const plain = typed.toLowerCase().replace(/[\s-]/g, "");
  return form.test(plain) ? hashSecretToken(plain) : null;
}

function newRecoveryCode(): string {
  const group = () => Array.from({ length: groupSigns }, () => signs[randomInt(signs.length)]).join("");
  return Array.from({ length: groups }, group).join("-");
}
