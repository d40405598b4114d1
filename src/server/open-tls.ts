import type { X509Certificate } from "node:crypto";
import type { Config } from "../platform/config/config.ts";
import { followTlsFiles, readTlsFiles } from "../platform/http/tls-files.ts";
import { createTlsServers, type TlsServers } from "../platform/http/tls-server.ts";
import type { Logger } from "../platform/logger.ts";
import { isOwnHost } from "./check-origin.ts";

export interface Tls {
  readonly certificate: X509Certificate;
  readonly servers: TlsServers;
  /** Takes what is renewed into use, until it is stopped. */
  follow(logger: Logger): { stop(): void };
}

/** Undefined where plain HTTP is spoken. Throws tls_unusable. */
export function openTls(config: Config): Tls | undefined {
  const { tlsCert: certFile, tlsKey: keyFile } = config;
  if (certFile === undefined || keyFile === undefined) {
    return undefined;
  }
  const credentials = readTlsFiles({ certFile, keyFile }, Date.now());
  const servers = createTlsServers(credentials, (host) => isOwnHost(host, config));
  return {
    certificate: credentials.certificate,
    servers,
    follow: (logger) => followTlsFiles({ certFile, keyFile }, { logger, onChange: servers.renew }),
  };
}
