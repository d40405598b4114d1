// How the bytes of a backup are sealed: pieces of 64 KiB, each encrypted and authenticated with its number, whether it
// is the last, and the file's header, so that a changed, missing, moved or added piece is found. The format is described
// in docs/decisions/2026-11-24-backup-format.md. Nothing here reads or writes files.
import { createCipheriv, createDecipheriv, createHmac, randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import type { ReasonCode } from "../../contract/reasons.ts";

export const pieceBytes = 65_536;
export const tagBytes = 16;

const magic = Buffer.from("SHOBARBK");
const formatVersion = 2;
const oldestFormatVersion = 1;
const saltBytes = 16;
const checkedBytes = magic.length + 2 + saltBytes;
export const headerBytes = checkedBytes + tagBytes;

const cipher = "aes-256-gcm";
const keyBytes = 32;
const scryptCost = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 };

/** From the passphrase (empty where there is none) and the file's salt. */
export type DeriveKey = (passphrase: string, salt: Buffer) => Promise<Buffer>;

export interface BackupHeader {
  readonly isEncrypted: boolean;
  /** Whether the key of the database's secrets may stand before the database: since format 2. */
  readonly hasKeyPlace: boolean;
  readonly salt: Buffer;
  readonly bytes: Buffer;
}

/** Takes about half a second and 128 MB, so that guessing passphrases is expensive. */
export const deriveBackupKey: DeriveKey = (passphrase, salt) => {
  const derive = promisify<string, Buffer, number, object, Buffer>(scrypt);
  return derive(passphrase.normalize("NFC"), salt, keyBytes, scryptCost);
};

export async function makeHeader(
  passphrase: string | null,
  deriveKey: DeriveKey,
): Promise<{ header: Buffer; key: Buffer }> {
  const salt = randomBytes(saltBytes);
  const key = await deriveKey(passphrase ?? "", salt);
  const checked = Buffer.concat([magic, Buffer.of(formatVersion, passphrase === null ? 0 : 1), salt]);
  return { header: Buffer.concat([checked, keyCheck(key, checked)]), key };
}

/** Answers what is wrong where it is none that this version reads. */
export function parseHeader(bytes: Buffer): BackupHeader | ReasonCode {
  if (bytes.length < magic.length || !bytes.subarray(0, magic.length).equals(magic)) {
    return "backup_not_ours";
  }
  const [version, flag] = bytes.subarray(magic.length);
  if (bytes.length < headerBytes || version === undefined || flag === undefined) {
    return "backup_cut";
  }
  if (version > formatVersion) {
    return "backup_from_newer";
  }
  if (version < oldestFormatVersion || flag > 1) {
    return "backup_start_damaged";
  }
  return {
    isEncrypted: flag === 1,
    hasKeyPlace: version > 1,
    salt: bytes.subarray(magic.length + 2, checkedBytes),
    bytes,
  };
}

export function isKeyOf(header: BackupHeader, key: Buffer): boolean {
  const checked = header.bytes.subarray(0, checkedBytes);
  return timingSafeEqual(keyCheck(key, checked), header.bytes.subarray(checkedBytes));
}

export function sealPiece(key: Buffer, header: Buffer, place: PiecePlace, piece: Buffer): Buffer {
  const sealing = createCipheriv(cipher, key, nonceOf(place)).setAAD(header);
  return Buffer.concat([sealing.update(piece), sealing.final(), sealing.getAuthTag()]);
}

/** Null when it is not the piece that was sealed for this place. */
export function openPiece(key: Buffer, header: Buffer, place: PiecePlace, sealed: Buffer): Buffer | null {
  const body = sealed.subarray(0, -tagBytes);
  const opening = createDecipheriv(cipher, key, nonceOf(place), { authTagLength: tagBytes }).setAAD(header);
  opening.setAuthTag(sealed.subarray(-tagBytes));
  try {
    return Buffer.concat([opening.update(body), opening.final()]);
  } catch {
    return null;
  }
}

export interface PiecePlace {
  /** From 0. */
  readonly number: number;
  readonly isLast: boolean;
}

/** Used once per key, because each file has its own salt and so its own key. */
function nonceOf({ number, isLast }: PiecePlace): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(number, 5, 6);
  nonce.writeUInt8(isLast ? 1 : 0, 11);
  return nonce;
}

function keyCheck(key: Buffer, checked: Buffer): Buffer {
  return createHmac("sha256", key).update(checked).digest().subarray(0, tagBytes);
}
