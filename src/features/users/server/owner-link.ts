// The one-time token with which whoever sees the server's terminal becomes the owner. It lives in memory only: a new
// start makes a new one, and after the claim none is accepted.
import { timingSafeEqual } from "node:crypto";
import { hashSecretToken, newSecretToken } from "../../../platform/secret-token.ts";

export interface OwnerLink {
  readonly token: string;
  accepts(candidate: string): boolean;
  spend(): void;
}

export function createOwnerLink(): OwnerLink {
  const token = newSecretToken();
  const expected = Buffer.from(hashSecretToken(token));
  let spent = false;
  return {
    token,
    // Hashes have one length, as the comparison in constant time needs.
    accepts: (candidate) => timingSafeEqual(Buffer.from(hashSecretToken(candidate)), expected) && !spent,
    spend() {
      spent = true;
    },
  };
}
