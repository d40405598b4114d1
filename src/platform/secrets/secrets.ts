// Seals what must be kept and must not be readable in the database or in a copy of it: keys of providers, second factors.
// Each purpose has a key of its own, so that nothing sealed for one place opens in another.
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { AppError } from "../errors.ts";

export const secretsKeyBytes = 32;
const cipher = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;
const form = "v1.";

export interface Secrets {
  /** `purpose` names the one place where the value belongs, row included: `provider-key:<id>`. Never the same twice. */
  seal(plain: string, purpose: string): string;
  /** Throws AppError secret_unreadable where it is not what was sealed for that purpose. */
  open(sealed: string, purpose: string): string;
  /** A key for what is sealed elsewhere, of this purpose alone. */
  keyFor(purpose: string): Buffer;
}

export function createSecrets(key: Buffer): Secrets {
  const keyFor = (purpose: string): Buffer =>
    Buffer.from(hkdfSync("sha256", key, "", `shobar/${purpose}`, secretsKeyBytes));
  return {
    keyFor,
    seal(plain, purpose) {
      const nonce = randomBytes(nonceBytes);
      const sealing = createCipheriv(cipher, keyFor(purpose), nonce);
      const body = Buffer.concat([nonce, sealing.update(plain, "utf8"), sealing.final(), sealing.getAuthTag()]);
      return form + body.toString("base64url");
    },
    open(sealed, purpose) {
      const body = Buffer.from(sealed.slice(form.length), "base64url");
      try {
        if (!sealed.startsWith(form)) throw new Error("another form");
        const opening = createDecipheriv(cipher, keyFor(purpose), body.subarray(0, nonceBytes), {
          authTagLength: tagBytes,
        });
        opening.setAuthTag(body.subarray(-tagBytes));
        return Buffer.concat([opening.update(body.subarray(nonceBytes, -tagBytes)), opening.final()]).toString("utf8");
      } catch (error) {
        throw new AppError("secret_unreadable", { purpose: purpose.replace(/:.*/, "") }, { cause: error });
      }
    },
  };
}

/** Tells two keys apart and says nothing of either. */
export function keyCheckOf(key: Buffer): string {
  return createHmac("sha256", key).update("shobar/key-check").digest("base64url");
}
