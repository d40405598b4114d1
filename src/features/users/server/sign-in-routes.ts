// One's own ways in, over HTTP.
import { isIP } from "node:net";
import type { FastifyRequest } from "fastify";
import { AppError } from "../../../platform/errors.ts";
import type { OpenCalls } from "../../../platform/http/open-calls.ts";
import type { Serve } from "../../../platform/http/serve-endpoint.ts";
import * as endpoints from "../sign-in-contract.ts";
import { changePassword } from "./own-password.ts";
import type { Passkeys } from "./passkeys.ts";
import { type ProofDependencies, prove } from "./prove-oneself.ts";
import { clientOf, secondStepCookie, secondStepPath, setSessionCookie } from "./routes.ts";
import type { SecondFactors } from "./second-factors.ts";
import type { Sessions } from "./sessions.ts";
import type { SignIn } from "./sign-in.ts";
import { getMe } from "./users.ts";
import type { Site } from "./web-authn.ts";

export interface SignInRoutesDependencies extends ProofDependencies {
  readonly sessions: Sessions;
  readonly secondFactors: SecondFactors;
  readonly passkeys: Passkeys;
  readonly openCalls: OpenCalls;
  readonly signIn: SignIn;
}

export function signInRoutes(serve: Serve, dependencies: SignInRoutesDependencies): void {
  const { sessions, signIn } = dependencies;

  serve(endpoints.takeSecondStep, async ({ body, request, reply }) => {
    const ticket = request.cookies[secondStepCookie] ?? "";
    const { user, token } = await signIn.withCode(ticket, body.code, clientOf(request));
    setSessionCookie(request, reply, token);
    void reply.clearCookie(secondStepCookie, { path: secondStepPath });
    return user;
  });

  serve(endpoints.changePassword, ({ principal, body, request }) =>
    changePassword(dependencies, principal, body, request.ip),
  );
  serve(endpoints.listSessions, async ({ principal }) => ({ items: await sessions.list(principal) }));
  serve(endpoints.endSession, ({ principal, params }) => sessions.endOne(principal, params.sessionId));
  serve(endpoints.endOtherSessions, ({ principal }) => sessions.endOthers(principal));
  secondFactorRoutes(serve, dependencies);
  passkeyRoutes(serve, dependencies);
}

function secondFactorRoutes(serve: Serve, dependencies: SignInRoutesDependencies): void {
  const { db, secondFactors } = dependencies;

  serve(endpoints.getSecondFactor, ({ principal }) => secondFactors.stateOf(personOf(principal)));
  serve(endpoints.beginSecondFactor, async ({ principal, body, request }) => {
    await prove(dependencies, principal, body.proof, request.ip);
    return secondFactors.begin(personOf(principal), (await getMe(db, principal)).email);
  });
  serve(endpoints.confirmSecondFactor, async ({ principal, body, request }) => ({
    recoveryCodes: await secondFactors.confirm(personOf(principal), body.code, request.ip),
  }));
  serve(endpoints.renewRecoveryCodes, async ({ principal, body, request }) => {
    await prove(dependencies, principal, body.proof, request.ip);
    return { recoveryCodes: await secondFactors.renewRecoveryCodes(personOf(principal)) };
  });
  serve(endpoints.turnOffSecondFactor, async ({ principal, body, request }) => {
    await prove(dependencies, principal, body.proof, request.ip);
    await secondFactors.turnOff(personOf(principal));
  });
}

function passkeyRoutes(serve: Serve, dependencies: SignInRoutesDependencies): void {
  const { db, passkeys } = dependencies;

  serve(endpoints.listPasskeys, async ({ principal }) => ({ items: await passkeys.list(personOf(principal)) }));
  serve(endpoints.beginPasskey, async ({ principal, body, request }) => {
    const site = siteOf(request);
    await prove(dependencies, principal, body.proof, request.ip);
    return { options: await passkeys.begin(personOf(principal), await getMe(db, principal), site) };
  });
  serve(endpoints.addPasskey, ({ principal, body, request }) =>
    passkeys.add(personOf(principal), body, siteOf(request)),
  );
  serve(endpoints.renamePasskey, ({ principal, params, body }) =>
    passkeys.rename(personOf(principal), params.passkeyId, body.name),
  );
  serve(endpoints.removePasskey, ({ principal, params }) => passkeys.remove(personOf(principal), params.passkeyId));
  serve(endpoints.beginPasskeySignIn, async ({ request }) => ({
    options: await passkeys.beginSignIn(siteOf(request)),
  }));
  serve(endpoints.signInWithPasskey, async ({ body, request, reply }) => {
    const { user, token } = await passkeys.signIn(body.credential, siteOf(request), clientOf(request));
    setSessionCookie(request, reply, token);
    return user;
  });
}

/**
 * The page's own origin, which has been checked to be ours. Throws passkeys_unavailable where browsers allow no passkeys: at
 * an address that is no name, and without TLS but on the machine itself.
 */
function siteOf(request: FastifyRequest): Site {
  const { origin = `${request.isOverTls ? "https" : "http"}://${request.host}` } = request.headers;
  const { hostname: host, protocol } = new URL(origin);
  const isThisMachine = host === "localhost" || host.endsWith(".localhost");
  if (isIP(host.replace(/^\[|\]$/g, "")) !== 0 || (protocol !== "https:" && !isThisMachine)) {
    throw new AppError("passkeys_unavailable", { host });
  }
  return { host, origin };
}

function personOf({ organisationId, userId }: { organisationId: string; userId: string }) {
  return { organisationId, userId };
}
