// The certificate and the private key that the server speaks TLS with: checked before they are used, read anew when they change.
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { isIP } from "node:net";
import { createSecureContext } from "node:tls";
import { AppError } from "../errors.ts";
import { fileProblem } from "../file-problem.ts";
import type { Logger } from "../logger.ts";

export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface TlsCredentials {
  readonly cert: string;
  readonly key: string;
  /** What the first certificate of the file says about itself. */
  readonly certificate: X509Certificate;
}

const otherUsers = 0o007;

/** Throws AppError tls_unusable: what browsers would refuse, the server refuses to start with. */
export function readTlsFiles({ certFile, keyFile }: TlsFiles, now: number): TlsCredentials {
  const cert = read(certFile);
  const key = read(keyFile);
  const certificate = parse(certFile, "it holds no certificate in PEM form", () => new X509Certificate(cert));
  const validFrom = new Date(certificate.validFrom);
  const validTo = new Date(certificate.validTo);
  if (now >= validTo.getTime()) {
    throw unusable(certFile, `it expired on ${dayOf(validTo)}; renew it`);
  }
  if (now < validFrom.getTime()) {
    throw unusable(certFile, `it is valid from ${dayOf(validFrom)} on only; is the clock right?`);
  }
  if (!certificate.checkPrivateKey(readKey(keyFile, key))) {
    throw unusable(keyFile, `it is not the private key of the certificate ${certFile}`);
  }
  if (process.platform !== "win32" && (statSync(keyFile).mode & otherUsers) !== 0) {
    throw unusable(keyFile, `other users of this machine can read it; close it with: chmod 640 ${keyFile}`);
  }
  parse(certFile, "this machine's OpenSSL refuses it as too weak", () => createSecureContext({ cert, key }));
  return { cert, key, certificate };
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const isDenied = (error as NodeJS.ErrnoException).code === "EACCES";
    const { problem } = fileProblem(error, { ENOENT: "file_missing" });
    throw unusable(file, isDenied ? "the server's user may not read it" : problem, error);
  }
}

function readKey(file: string, key: string): KeyObject {
  if (key.includes("ENCRYPTED")) {
    throw unusable(
      file,
      `it is locked with a passphrase; write it without one: openssl pkey -in ${file} -out NEW_FILE`,
    );
  }
  return parse(file, "it holds no private key in PEM form", () => createPrivateKey(key));
}

function parse<Result>(file: string, problem: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw unusable(file, problem, error);
  }
}

function unusable(file: string, problem: string, cause?: unknown): AppError {
  return new AppError("tls_unusable", { file, problem }, { cause });
}

function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}

/** The names that a certificate is for, without what kind each is. */
export function namesOf(certificate: X509Certificate): string[] {
  return (certificate.subjectAltName ?? "").split(", ").map((name) => name.replace(/^(DNS|IP Address):/, ""));
}

/** Whether a browser that opened this host would accept the certificate's names. */
export function isForHost(certificate: X509Certificate, host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, "$1");
  return (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined;
}

const lookEveryMs = 5_000;

/**
 * Calls `onChange` with what was renewed. Looked at by time, not by a watch: renewing programs swap links, which a watch on
 * the file does not see. Files that do not fit together (one is written before the other) leave the old ones in use.
 */
export function followTlsFiles(
  files: TlsFiles,
  { logger, onChange, everyMs = lookEveryMs }: FollowOptions,
): { stop(): void } {
  let seen = stampOf(files);
  const timer = setInterval(() => {
    const stamp = stampOf(files);
    if (stamp === seen) {
      return;
    }
    seen = stamp;
    try {
      const credentials = readTlsFiles(files, Date.now());
      onChange(credentials);
      logger.info({ event: "certificate-renewed", validTo: credentials.certificate.validTo });
    } catch (error) {
      logger.warn({ event: "certificate-not-renewed", err: error });
    }
  }, everyMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

interface FollowOptions {
  readonly logger: Pick<Logger, "info" | "warn">;
  readonly onChange: (credentials: TlsCredentials) => void;
  readonly everyMs?: number;
}

/** Changes whenever one of the files does; links are followed. */
function stampOf({ certFile, keyFile }: TlsFiles): string {
  return [certFile, keyFile]
    .map((file) => {
      const { mtimeMs, ino, size } = statSync(file, { throwIfNoEntry: false }) ?? { mtimeMs: 0, ino: 0, size: 0 };
      return `${mtimeMs} ${ino} ${size}`;
    })
    .join(",");
}
