// What whoever starts the server should know about how it can be reached; each with what to do.
import type { X509Certificate } from "node:crypto";
import type { Config } from "../platform/config/config.ts";
import { isForHost, namesOf } from "../platform/http/tls-files.ts";
import { isLoopback } from "./addresses.ts";

const dayMs = 86_400_000;
const renewWithinDays = 14;

type NetworkSettings = Pick<Config, "host" | "publicUrl" | "tlsCert" | "trustedProxy">;

export function networkWarnings(
  config: NetworkSettings,
  certificate: X509Certificate | undefined,
  now: number,
): string[] {
  return [...plainHttpWarnings(config), ...(certificate ? certificateWarnings(certificate, config, now) : [])];
}

function plainHttpWarnings({ host, publicUrl, tlsCert, trustedProxy }: NetworkSettings): string[] {
  const isBehindTls = publicUrl?.startsWith("https:") === true;
  if (tlsCert !== undefined) {
    return [];
  }
  const warnings: string[] = [];
  if (isBehindTls && trustedProxy.length === 0) {
    warnings.push(
      "No proxy is trusted, so everybody counts as one client in limits and logs: name the one that speaks TLS with --trusted-proxy.",
    );
  }
  if (!isLoopback(host)) {
    warnings.push(
      isBehindTls
        ? "Plain HTTP is offered to other machines too, past the proxy. If the proxy runs on this machine, leave --host out."
        : "Plain HTTP is offered to other machines: whoever shares the network can read passwords and chats on their way. For any but a network that you trust use --tls-cert and --tls-key, or a proxy with TLS (docs/network.md).",
    );
  }
  return warnings;
}

function certificateWarnings(certificate: X509Certificate, { publicUrl }: NetworkSettings, now: number): string[] {
  const warnings: string[] = [];
  const host = publicUrl === undefined ? undefined : new URL(publicUrl).hostname;
  if (host !== undefined && !isForHost(certificate, host)) {
    warnings.push(
      `The certificate is for ${namesOf(certificate).join(", ")} and not for ${host}: browsers will refuse it. Get one with that name.`,
    );
  }
  const days = Math.floor((new Date(certificate.validTo).getTime() - now) / dayMs);
  if (days < renewWithinDays) {
    warnings.push(`The certificate expires in ${days} days. Renew it; the new one is taken up without a restart.`);
  }
  return warnings;
}
