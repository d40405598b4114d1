import type { CookieSerializeOptions } from "@fastify/cookie";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Clock } from "../../../platform/clock.ts";
import type { Database } from "../../../platform/database/command.ts";
import type { Serve } from "../../../platform/http/serve-endpoint.ts";
import * as organisation from "../organisation-contract.ts";
import { claimServer, getMe, getServerState, signIn, signOut, updateMe } from "../contract.ts";
import { findServersOrganisation, renameOrganisation } from "./organisation.ts";
import type { Passwords } from "./password.ts";
import { ticketLifetimeMs } from "./sign-in-tickets.ts";
import { sessionLifetimeMs, type Sessions } from "./sessions.ts";
import type { Client, SignIn } from "./sign-in.ts";
import * as users from "./users.ts";

export const sessionCookie = "shobar_session";
export const secondStepCookie = "shobar_second_step";
export const secondStepPath = "/api/session/second-step";

export interface UserRoutesDependencies {
  readonly db: Database;
  readonly clock: Clock;
  readonly passwords: Passwords;
  readonly sessions: Sessions;
  readonly signIn: SignIn;
  /** The product's version, shown before anyone has signed in. */
  readonly version: string;
}

export function userRoutes(serve: Serve, dependencies: UserRoutesDependencies): void {
  const { db, sessions, signIn: entrance, version } = dependencies;

  serve(getServerState, async () => ({
    ownerExists: await users.ownerExists(db),
    version,
    organisation: (await findServersOrganisation(db))?.name ?? "",
  }));

  serve(claimServer, async ({ body, request, reply }) => {
    const { user, token } = await entrance.withOwnerLink(body, clientOf(request));
    setSessionCookie(request, reply, token);
    return user;
  });

  serve(signIn, async ({ body, request, reply }) => {
    const entered = await entrance.withPassword(body, clientOf(request));
    if ("ticket" in entered) {
      setSecondStepCookie(request, reply, entered.ticket);
      return { isSecondStepNeeded: true } as const;
    }
    setSessionCookie(request, reply, entered.token);
    return entered.user;
  });

  serve(signOut, async ({ request, reply }) => {
    const token = request.cookies[sessionCookie];
    if (token !== undefined) {
      await sessions.end(token);
    }
    void reply.clearCookie(sessionCookie, cookieOptions(request));
  });

  serve(getMe, ({ principal, request, reply }) => {
    // The app asks this whenever it is opened: the cookie then lasts as long as the session that was just used.
    const token = request.cookies[sessionCookie];
    if (token !== undefined) {
      setSessionCookie(request, reply, token);
    }
    return users.getMe(db, principal);
  });

  serve(updateMe, ({ principal, body }) => users.updateMe(db, principal, body));

  serve(organisation.renameOrganisation, async ({ principal, body }) => ({
    name: await renameOrganisation(db, principal.organisationId, body.name),
  }));
}

export function clientOf(request: FastifyRequest): Client {
  return {
    address: request.ip,
    previousToken: request.cookies[sessionCookie],
    userAgent: request.headers["user-agent"],
  };
}

export function setSessionCookie(request: FastifyRequest, reply: FastifyReply, token: string): void {
  void reply.setCookie(sessionCookie, token, { ...cookieOptions(request), maxAge: sessionLifetimeMs / 1000 });
}

/** Bound to this browser and out of reach of scripts, like the session that it leads to. */
function setSecondStepCookie(request: FastifyRequest, reply: FastifyReply, ticket: string): void {
  const options = { ...cookieOptions(request), path: secondStepPath, sameSite: "strict" } as const;
  void reply.setCookie(secondStepCookie, ticket, { ...options, maxAge: ticketLifetimeMs / 1000 });
}

function cookieOptions(request: FastifyRequest): CookieSerializeOptions {
  return { path: "/", httpOnly: true, sameSite: "lax", secure: request.isOverTls };
}
