import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { chmodSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type CertificateWishes,
  makeCertificate,
  type TestCertificate,
} from "../../../tests/support/make-certificate.ts";
import { followTlsFiles, isForHost, readTlsFiles, type TlsFiles } from "./tls-files.ts";

let folder: string;
let files: TlsFiles;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shobar-tls-"));
  files = { certFile: join(folder, "cert.pem"), keyFile: join(folder, "key.pem") };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write({ cert, key }: TestCertificate): void {
  writeFileSync(files.certFile, cert);
  writeFileSync(files.keyFile, key, { mode: 0o600 });
}

function read(): string {
  readTlsFiles(files, Date.now());
  return "read";
}

const day = (days: number): Date => new Date(Date.now() + days * 86_400_000);

describe("The certificate and its key", () => {
  test("are read where they fit together", () => {
    write(makeCertificate({ names: ["chat.example.org"] }));
    const { certificate } = readTlsFiles(files, Date.now());
    expect(certificate.subjectAltName).toBe("DNS:chat.example.org");
  });

  const wrong: readonly [string, () => void, RegExp][] = [
    ["that are missing", () => {}, /cert\.pem: there is no such file\./],
    ["with nothing in the certificate's file", () => aPair({ cert: "" }), /cert\.pem: it holds no certificate in PEM/],
    ["with rubbish for a key", () => aPair({ key: "rubbish" }), /key\.pem: it holds no private key in PEM/],
    [
      "with another's key",
      () => aPair({ key: makeCertificate().key }),
      /key\.pem: it is not the private key of .*cert/,
    ],
    ["that have expired", () => write(makeCertificate(past)), /cert\.pem: it expired on \d{4}-\d\d-\d\d; renew it/],
    ["from the future", () => write(makeCertificate(future)), /it is valid from \d{4}-\d\d-\d\d on only; is the clock/],
    ["with a key under a passphrase", () => aPair({ key: lockedKey() }), /locked with a passphrase; write it without/],
    ["with a key that everybody can read", () => openKey(), /other users of this machine can read it; .*chmod 640/],
  ];

  test.each(wrong)("%s are refused with what to do", (_what, prepare, problem) => {
    prepare();
    expect(read).toThrow(problem);
    expect(read).toThrow(expect.objectContaining({ code: "tls_unusable" }));
  });

  const past: CertificateWishes = { validFrom: day(-90), validTo: day(-1) };
  const future: CertificateWishes = { validFrom: day(2), validTo: day(90) };

  function aPair(change: Partial<TestCertificate>): void {
    write({ ...makeCertificate(), ...change });
  }

  function lockedKey(): string {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const lock = { cipher: "aes-256-cbc", passphrase: "secret" };
    return privateKey.export({ type: "pkcs8", format: "pem", ...lock }).toString();
  }

  function openKey(): void {
    write(makeCertificate());
    chmodSync(files.keyFile, 0o644);
  }

  test.each([
    ["chat.example.org", true],
    ["sub.teams.example.org", true],
    ["10.0.0.7", true],
    ["example.org", false],
    ["10.0.0.8", false],
  ])("are for %s: %s", (host, expected) => {
    const { cert } = makeCertificate({ names: ["chat.example.org", "*.teams.example.org", "10.0.0.7"] });
    expect(isForHost(new X509Certificate(cert), host)).toBe(expected);
  });
});

describe("Renewing", () => {
  test("is noticed through links that are swapped, also when the key comes a moment after the certificate", async () => {
    const real: TlsFiles = { certFile: join(folder, "cert1.pem"), keyFile: join(folder, "key1.pem") };
    const first = makeCertificate();
    writeFileSync(real.certFile, first.cert);
    writeFileSync(real.keyFile, first.key, { mode: 0o600 });
    symlinkSync(real.certFile, files.certFile);
    symlinkSync(real.keyFile, files.keyFile);
    const taken: string[] = [];
    const warned: unknown[] = [];
    const logger = { info: () => {}, warn: (fields: unknown) => void warned.push(fields) };
    const following = followTlsFiles(files, { logger, onChange: ({ cert }) => void taken.push(cert), everyMs: 5 });
    const next = makeCertificate();
    swapLink(files.certFile, "cert2.pem", next.cert);
    await vi.waitFor(() => expect(warned).toHaveLength(1));
    expect(taken).toEqual([]);
    swapLink(files.keyFile, "key2.pem", next.key);
    await vi.waitFor(() => expect(taken).toEqual([next.cert]));
    following.stop();
  });

  /** As certbot does: a new file, and the link to it put in the old one's place. */
  function swapLink(link: string, name: string, content: string): void {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    symlinkSync(join(folder, name), `${link}.new`);
    renameSync(`${link}.new`, link);
  }
});
