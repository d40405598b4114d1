// A device with one passkey, in software: it answers as browsers and authenticators do, and as none should, for tests of what
// the server must refuse. ES256, no attestation.
import { createHash, createSign, generateKeyPairSync, randomBytes } from "node:crypto";

/** What the page and the device may do otherwise than they should. */
export interface Deviation {
  readonly origin?: string;
  readonly host?: string;
  readonly challenge?: string;
  readonly userHandle?: string;
  readonly counter?: number;
  readonly isUserVerified?: boolean;
  readonly type?: string;
}

export interface PasskeyDevice {
  readonly id: string;
  /** The answer to `navigator.credentials.create`. */
  make(options: Message, deviation?: Deviation): Message;
  /** The answer to `navigator.credentials.get`. */
  answer(options: Message, userId: string, deviation?: Deviation): Message;
}

type Message = Record<string, unknown>;

const userPresent = 0x01;
const userVerified = 0x04;
const credentialIncluded = 0x40;

export function createPasskeyDevice(site: { readonly origin: string; readonly host: string }): PasskeyDevice {
  const credentialId = randomBytes(32);
  const id = credentialId.toString("base64url");
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x = "", y = "" } = publicKey.export({ format: "jwk" });
  let count = 0;

  function clientData(options: Message, type: string, deviation: Deviation): Buffer {
    const challenge = deviation.challenge ?? options["challenge"];
    const origin = deviation.origin ?? site.origin;
    return Buffer.from(JSON.stringify({ type: deviation.type ?? type, challenge, origin, crossOrigin: false }));
  }

  function deviceData(extraFlags: number, deviation: Deviation): Buffer {
    const { host = site.host, isUserVerified = true, counter = (count += 1) } = deviation;
    const head = Buffer.alloc(5);
    head.writeUInt8(userPresent | (isUserVerified ? userVerified : 0) | extraFlags);
    head.writeUInt32BE(counter, 1);
    return Buffer.concat([createHash("sha256").update(host).digest(), head]);
  }

  return {
    id,
    make(options, deviation = {}) {
      // CBOR: {1: 2, 3: -7, -1: 1, -2: x, -3: y}
      const key = [hex("a5010203262001215820"), bytes(x), hex("225820"), bytes(y)];
      const length = Buffer.from([0, credentialId.length]);
      const authData = Buffer.concat([
        deviceData(credentialIncluded, deviation),
        Buffer.alloc(16),
        length,
        credentialId,
        ...key,
      ]);
      // CBOR: {"fmt": "none", "attStmt": {}, "authData": bytes}
      const size = Buffer.from([authData.length >> 8, authData.length & 255]);
      const start = "a363666d74646e6f6e656761747453746d74a068617574684461746159";
      const attestationObject = Buffer.concat([hex(start), size, authData]).toString("base64url");
      const clientDataJSON = clientData(options, "webauthn.create", deviation).toString("base64url");
      const response = { clientDataJSON, attestationObject, transports: ["internal"] };
      return { id, rawId: id, type: "public-key", clientExtensionResults: {}, response };
    },
    answer(options, userId, deviation = {}) {
      const client = clientData(options, "webauthn.get", deviation);
      const authenticatorData = deviceData(0, deviation);
      const signed = Buffer.concat([authenticatorData, createHash("sha256").update(client).digest()]);
      const response = {
        clientDataJSON: client.toString("base64url"),
        authenticatorData: authenticatorData.toString("base64url"),
        signature: createSign("sha256").update(signed).sign(privateKey).toString("base64url"),
        userHandle: Buffer.from(deviation.userHandle ?? userId).toString("base64url"),
      };
      return { id, rawId: id, type: "public-key", clientExtensionResults: {}, response };
    },
  };
}

function hex(text: string): Buffer {
  return Buffer.from(text, "hex");
}

function bytes(base64url: string): Buffer {
  return Buffer.from(base64url, "base64url");
}
