// Where a redirect leads and with what: another machine is one that nobody named, so it is judged as public, and it never
// sees what the first one was trusted with.
import { AppError } from "../errors.ts";
import type { EgressRequest, ResponseHeaders } from "./egress.ts";

interface Hop {
  readonly address: string | URL;
  readonly wanted: EgressRequest;
}

const redirects = new Set([301, 302, 303, 307, 308]);
const mostHops = 5;
/** Of a request, for the machine that it was written to. */
const trustedHeaders = new Set(["authorization", "cookie", "proxy-authorization"]);

export function isRedirect(status: number): boolean {
  return redirects.has(status);
}

/** Throws AppError service_redirects where the call does not follow, or this leads round in circles or nowhere. */
export function nextHop(
  { url, headers }: { readonly url: URL; readonly headers: ResponseHeaders },
  wanted: EgressRequest,
  hopsBefore: number,
): Hop {
  const location = typeof headers["location"] === "string" ? headers["location"] : "";
  const to = URL.canParse(location, url.href) ? new URL(location, url.href) : null;
  const mayFollow = wanted.redirects === "follow" && wanted.method !== "POST" && hopsBefore < mostHops;
  if (to === null || !mayFollow) {
    throw new AppError("service_redirects", { host: url.host, to: to?.host ?? "elsewhere" });
  }
  // The same machine at another port is still another program.
  const kept = Object.entries(wanted.headers ?? {}).filter(
    ([name]) => to.origin === url.origin || !trustedHeaders.has(name.toLowerCase()),
  );
  const reach = to.hostname === url.hostname ? wanted.reach : "public";
  return { address: to, wanted: { ...wanted, headers: Object.fromEntries(kept), reach } };
}
