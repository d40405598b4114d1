// What depends on whether the browser speaks TLS: with a public URL that begins with https, browsers keep to it, and pages
// opened elsewhere lead there.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { addressesOf } from "./addresses.ts";

/** Half a year: a team that gives up TLS is not locked out for longer. */
const keepToTlsSeconds = 15_552_000;

interface Network {
  /** What is listened on. */
  readonly host: string;
  readonly publicUrl?: string | undefined;
}

/** Without such a URL each request is as secure as the connection that it came over. */
export function addSecureAddress(app: FastifyInstance, { host, publicUrl }: Network): void {
  const isSecureAddress = publicUrl?.startsWith("https:") === true;
  app.decorateRequest("isOverTls", {
    getter() {
      return isSecureAddress || this.protocol === "https";
    },
  });
  app.addHook("onRequest", async (request, reply) => {
    // Over plain HTTP browsers ignore it and complain.
    if (request.isOverTls || isThisMachine(hostOf(request))) {
      void reply.header("cross-origin-opener-policy", "same-origin");
    }
  });
  // The host has been checked before any handler runs: a forged one cannot send a link's secret elsewhere.
  app.decorateRequest("publicOrigin", {
    getter() {
      const opened = `${this.protocol}://${this.host}`;
      // A link is for somebody else, to whom this machine's name for itself is no address.
      const network = isThisMachine(hostOf(this)) ? addressesOf({ host, publicUrl }, opened) : [];
      return publicUrl ?? network[0] ?? opened;
    },
  });
  if (!isSecureAddress) {
    return;
  }
  const url = new URL(publicUrl);
  app.addHook("onRequest", async (request, reply) => {
    // For one of several ports it would count for all services of that machine.
    if (url.port === "" && hostOf(request) === url.hostname) {
      void reply.header("strict-transport-security", `max-age=${keepToTlsSeconds}`);
    }
    if (isPageWithoutTls(request, url.hostname)) {
      return sendOn(reply, `${publicUrl}${request.url}`);
    }
  });
}

function sendOn(reply: FastifyReply, address: string): FastifyReply {
  return reply.redirect(address, 307);
}

/**
 * A page opened over plain HTTP by the machine's address: its session cookie is for TLS alone, so that nobody could sign in
 * there. On this machine itself browsers make an exception. The public name is left alone: a proxy that is not trusted
 * would send it round in circles.
 */
function isPageWithoutTls(request: FastifyRequest, publicHost: string): boolean {
  const host = hostOf(request);
  const asksForPage =
    request.method === "GET" && request.url.startsWith("/") && (request.headers.accept ?? "").includes("text/html");
  return request.protocol !== "https" && asksForPage && !isThisMachine(host) && host !== publicHost;
}

function isThisMachine(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || host === "127.0.0.1" || host === "[::1]";
}

function hostOf({ host }: FastifyRequest): string {
  return host.toLowerCase().replace(/:\d+$/, "");
}
