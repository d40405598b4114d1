// Keeps other sites out of a signed-in browser: an unknown Host means that a foreign name was pointed here (DNS
// rebinding), a foreign Origin that another site's page sent the request (CSRF).
import { isIP } from "node:net";
import type { FastifyRequest } from "fastify";
import { sessionCookie } from "../features/users/server/routes.ts";
import { AppError } from "../platform/errors.ts";
import { bearerOf, ownRequestHeader } from "./authenticate.ts";

const readingMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/** Throws AppError foreign_origin. */
export function checkOrigin(request: FastifyRequest, allowedHosts: readonly string[]): void {
  const host = request.headers.host ?? "";
  if (!isKnownHost(hostNameOf(host), allowedHosts)) {
    throw new AppError("foreign_origin");
  }
  // A key in the request is no ambient authority: no page can make a browser add one.
  if (readingMethods.has(request.method) || bearerOf(request) !== null) {
    return;
  }
  const { origin } = request.headers;
  if (origin !== undefined && !isOwnOrigin(origin, host, allowedHosts)) {
    throw new AppError("foreign_origin");
  }
  if (request.cookies[sessionCookie] !== undefined && request.headers[ownRequestHeader] !== "1") {
    throw new AppError("foreign_origin");
  }
}

function isKnownHost(name: string, allowedHosts: readonly string[]): boolean {
  return isIP(name) !== 0 || name === "localhost" || name.endsWith(".localhost") || allowedHosts.includes(name);
}

/** `[::1]:3210` → `::1`, `Chat.example.org.:443` → `chat.example.org`. */
function hostNameOf(host: string): string {
  const name = host.startsWith("[") ? host.slice(1, host.indexOf("]")) : host.replace(/:\d*$/, "");
  return name.toLowerCase().replace(/\.$/, "");
}

/** A proxy may have replaced the Host; then the public name must be an allowed one. */
function isOwnOrigin(origin: string, host: string, allowedHosts: readonly string[]): boolean {
  if (!URL.canParse(origin)) {
    return false;
  }
  const url = new URL(origin);
  return url.host === host.toLowerCase() || allowedHosts.includes(hostNameOf(url.host));
}
