// One's own ways in, over HTTP.
import type { Serve } from "../../../platform/http/serve-endpoint.ts";
import type { OpenCalls } from "../../../platform/http/open-calls.ts";
import { changePassword, endOtherSessions, endSession, listSessions } from "../sign-in-contract.ts";
import * as ownPassword from "./own-password.ts";
import type { ProofDependencies } from "./prove-oneself.ts";
import type { Sessions } from "./sessions.ts";

export interface SignInRoutesDependencies extends ProofDependencies {
  readonly sessions: Sessions;
  readonly openCalls: OpenCalls;
}

export function signInRoutes(serve: Serve, dependencies: SignInRoutesDependencies): void {
  const { sessions } = dependencies;

  serve(changePassword, ({ principal, body, request }) =>
    ownPassword.changePassword(dependencies, principal, body, request.ip),
  );
  serve(listSessions, async ({ principal }) => ({ items: await sessions.list(principal) }));
  serve(endSession, ({ principal, params }) => sessions.endOne(principal, params.sessionId));
  serve(endOtherSessions, ({ principal }) => sessions.endOthers(principal));
}
