// What making a passkey and signing in with one have in common.

/** Where the browser is: a passkey is made for the host and answers only pages of the origin. */
export interface Site {
  readonly host: string;
  readonly origin: string;
}

/** Of the browser's own kind: it goes as it is from the library to the page and back. */
export type WebAuthnMessage = Readonly<Record<string, unknown>>;

/** Loaded when a first passkey comes: a server whose people have none does not carry it. */
export function loadWebAuthn() {
  return import("@simplewebauthn/server");
}

export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, "utf8"));
}

export function textOf(base64url: string): string {
  return Buffer.from(base64url, "base64url").toString("utf8");
}
