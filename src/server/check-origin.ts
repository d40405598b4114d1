// Keeps other sites out of a signed-in browser: an unknown Host means that a foreign name was pointed here (DNS
// rebinding), a foreign Origin that another site's page sent the request (CSRF).
import { isIP } from "node:net";
import type { FastifyRequest } from "fastify";
import { sessionCookie } from "../features/users/server/routes.ts";
import { AppError } from "../platform/errors.ts";
import { bearerOf, ownRequestHeader } from "./authenticate.ts";

/** Under which names people reach this server, beside its addresses and localhost. */
export interface OwnNames {
  readonly allowedHosts: readonly string[];
  /** An origin: `https://chat.example.org`. */
  readonly publicUrl?: string | undefined;
}

const readingMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/** Throws AppError foreign_origin. */
export function checkOrigin(request: FastifyRequest, names: OwnNames): void {
  checkSource(request, names);
  const changesSomething = !readingMethods.has(request.method);
  const isMeant = request.headers[ownRequestHeader] === "1" || sendsKey(request);
  if (changesSomething && request.cookies[sessionCookie] !== undefined && !isMeant) {
    throw new AppError("foreign_origin");
  }
}

/**
 * Throws AppError foreign_origin. `request.host` is what a trusted proxy forwarded, where there is one; the Host itself must
 * be known too, as proxies pass on an X-Forwarded-Host that the client made up.
 */
export function checkSource(request: FastifyRequest, names: OwnNames): void {
  const { origin, host = "" } = request.headers;
  const isOwn = isOwnHost(host, names) && isOwnHost(request.host, names);
  if (!isOwn || (origin !== undefined && !sendsKey(request) && !isOwnOrigin(origin, request.host, names))) {
    throw new AppError("foreign_origin");
  }
}

/** A key is no ambient authority: no page can make a browser add one. Only the API looks at keys. */
function sendsKey(request: FastifyRequest): boolean {
  return bearerOf(request) !== null && request.routeOptions.config?.endpoint?.access === "api";
}

/** `host` as in the header: with a port or without. */
export function isOwnHost(host: string, { allowedHosts, publicUrl }: OwnNames): boolean {
  const name = hostNameOf(host);
  return (
    isIP(name) !== 0 ||
    name === "localhost" ||
    name.endsWith(".localhost") ||
    allowedHosts.includes(name) ||
    (publicUrl !== undefined && name === hostNameOf(new URL(publicUrl).host))
  );
}

/** `[::1]:3210` → `::1`, `Chat.example.org.:443` → `chat.example.org`. */
function hostNameOf(host: string): string {
  const name = host.startsWith("[") ? host.slice(1, host.indexOf("]")) : host.replace(/:\d*$/, "");
  return name.toLowerCase().replace(/\.$/, "");
}

/** A proxy may have replaced the Host; then the public name must be an allowed one. */
function isOwnOrigin(origin: string, host: string, { allowedHosts, publicUrl }: OwnNames): boolean {
  if (!URL.canParse(origin)) {
    return false;
  }
  const url = new URL(origin);
  const name = hostNameOf(url.host);
  // Its plain HTTP twin is not ours: anybody on the way could have written that page.
  if (publicUrl !== undefined && name === hostNameOf(new URL(publicUrl).host)) {
    return url.origin === publicUrl;
  }
  return url.host === host.toLowerCase() || allowedHosts.includes(name);
}
