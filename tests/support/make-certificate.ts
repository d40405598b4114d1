// A self-signed certificate for tests, written field by field (RFC 5280): no program that makes them is needed.
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";

export interface TestCertificate {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

export interface CertificateWishes {
  /** Host names and addresses. */
  readonly names?: readonly string[];
  readonly validFrom?: Date;
  readonly validTo?: Date;
}

const dayMs = 86_400_000;
const ecdsaWithSha256 = sequence(objectId([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]));

export function makeCertificate(wishes: CertificateWishes = {}): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const body = certificateBody(publicKey, wishes);
  const signature = sign("sha256", body, privateKey);
  const certificate = sequence(body, ecdsaWithSha256, bits(signature));
  const base64 = certificate.toString("base64").replace(/.{64}/g, "$&\n");
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function certificateBody(publicKey: KeyObject, wishes: CertificateWishes): Buffer {
  const now = Date.now();
  const { names = ["localhost", "127.0.0.1"] } = wishes;
  const { validFrom = new Date(now - dayMs), validTo = new Date(now + 90 * dayMs) } = wishes;
  const commonName = sequence(objectId([0x55, 0x04, 0x03]), tagged(0x0c, Buffer.from("Shobar test")));
  const name = sequence(tagged(0x31, commonName));
  const altNames = sequence(objectId([0x55, 0x1d, 0x11]), tagged(0x04, sequence(...names.map(altName))));
  const isAuthority = sequence(objectId([0x55, 0x1d, 0x13]), tagged(0x04, sequence(tagged(0x01, Buffer.from([0xff])))));
  return sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsaWithSha256,
    name,
    sequence(time(validFrom), time(validTo)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    tagged(0xa3, sequence(altNames, isAuthority)),
  );
}

function altName(name: string): Buffer {
  return isIP(name) === 4 ? tagged(0x87, Buffer.from(name.split(".").map(Number))) : tagged(0x82, Buffer.from(name));
}

/** GeneralizedTime: 20261124120000Z. */
function time(date: Date): Buffer {
  return tagged(0x18, Buffer.from(`${date.toISOString().replace(/\D/g, "").slice(0, 14)}Z`));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function objectId(bytes: readonly number[]): Buffer {
  return tagged(0x06, Buffer.from(bytes));
}

function bits(content: Buffer): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.from([0]), content]));
}

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x1_00 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
