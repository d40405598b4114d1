// Who asks: the session cookie of a browser, or the API key of a program. One policy for every route, by its `access`.
import type { FastifyRequest } from "fastify";
import { sessionCookie } from "../features/users/server/routes.ts";
import type { Access } from "../contract/endpoint.ts";
import { AppError } from "../platform/errors.ts";
import type { OpenCalls } from "../platform/http/open-calls.ts";
import type { Principal } from "../platform/http/principal.ts";
import type { Authenticate } from "../platform/http/serve-endpoint.ts";

/** A page of another site cannot set it, so a request with it was made by our own page. */
export const ownRequestHeader = "x-shobar-request";

export interface Credentials {
  authenticateSession(token: string): Promise<Principal | null>;
  authenticateApiKey(secret: string): Promise<Principal | null>;
  /** Who is told that a person, a session or a key has ended. */
  readonly openCalls: OpenCalls;
}

export function createAuthenticate(credentials: Credentials): Authenticate {
  async function fromSession(request: FastifyRequest): Promise<Principal | null> {
    const token = request.cookies[sessionCookie];
    return token ? credentials.authenticateSession(token) : null;
  }

  async function fromApiKey(request: FastifyRequest): Promise<Principal> {
    const principal = await credentials.authenticateApiKey(bearerOf(request) ?? "");
    if (!principal) {
      throw new AppError("invalid_api_key");
    }
    return principal;
  }

  return async (request: FastifyRequest, access: Access) => {
    const principal = await (access === "api" && bearerOf(request) !== null
      ? fromApiKey(request)
      : fromSession(request));
    if (access === "public") {
      return principal;
    }
    if (!principal) {
      throw new AppError(access === "api" ? "invalid_api_key" : "not_signed_in");
    }
    const isBelow = access === "admin" ? principal.role === "member" : principal.role !== "owner";
    if ((access === "admin" || access === "owner") && isBelow) {
      throw new AppError("not_allowed");
    }
    request.log = request.log.child({ userId: principal.userId });
    return principal;
  };
}

/** Null without an Authorization header; an empty text when the header is no bearer token. */
export function bearerOf(request: FastifyRequest): string | null {
  const { authorization } = request.headers;
  if (authorization === undefined) {
    return null;
  }
  return /^bearer\s+(\S+)\s*$/i.exec(authorization)?.[1] ?? "";
}
