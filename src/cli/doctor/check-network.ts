// How the server can be reached: its port where it does not run yet, its certificate's files, plain HTTP beyond this machine.
import { once } from "node:events";
import { createServer } from "node:net";
import type { NetworkNote } from "../../platform/data-folder.ts";
import { AppError } from "../../platform/errors.ts";
import { isForHost, namesOf, readTlsFiles } from "../../platform/http/tls-files.ts";
import { networkWarnings } from "../../server/network-warnings.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";

export async function checkPort(host: string, port: number): Promise<Finding> {
  const name = "Port";
  const probe = createServer();
  try {
    probe.listen({ host, port, exclusive: true });
    await once(probe, "listening");
    return ok(name, `${port} on ${host} is free`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") {
      return fail(
        name,
        `${port} on ${host} is used by another program`,
        "Stop that program, or choose another port with --port.",
      );
    }
    if (code === "EACCES") {
      return fail(
        name,
        `${port} needs more rights`,
        "Choose a port from 1024 on, or install the service, which has them (docs/service.md).",
      );
    }
    return fail(name, `${host} is no address of this machine`, "Choose another with --host.");
  } finally {
    probe.close();
  }
}

/** Nothing where the server does not speak TLS itself. */
export function checkCertificateFiles({ tlsCert, tlsKey, publicUrl }: NetworkNote, now: number): Finding[] {
  if (tlsCert === undefined || tlsKey === undefined) {
    return [];
  }
  const name = "Certificate";
  try {
    const { certificate } = readTlsFiles({ certFile: tlsCert, keyFile: tlsKey }, now);
    const days = Math.floor((Date.parse(certificate.validTo) - now) / 86_400_000);
    const found = `for ${namesOf(certificate).join(", ")}, valid for ${days} more days`;
    if (publicUrl !== undefined && !isForHost(certificate, new URL(publicUrl).hostname)) {
      return [fail(name, `${found}, and not for ${publicUrl}`, "Get a certificate with the public URL's name.")];
    }
    return [days < 14 ? warn(name, found, "Renew it; the new one is taken up without a restart.") : ok(name, found)];
  } catch (error) {
    const problem = error instanceof AppError ? error.message : String(error);
    return [fail(name, problem, "Until then browsers refuse the server; see docs/network.md.")];
  }
}

export function checkPlainHttp({ host, publicUrl, tlsCert, trustedProxy }: NetworkNote): Finding[] {
  const settings = { host, publicUrl, tlsCert, trustedProxy: [...trustedProxy] };
  return networkWarnings(settings, undefined, Date.now()).map((sentence) =>
    warn("Network", sentence, "See docs/network.md."),
  );
}
