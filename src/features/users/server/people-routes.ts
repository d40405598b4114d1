// The routes of people-contract.ts. Routes of one's own account and of signing in are in routes.ts.
import type { Clock } from "../../../platform/clock.ts";
import type { OpenCalls } from "../../../platform/http/open-calls.ts";
import type { Serve } from "../../../platform/http/serve-endpoint.ts";
import * as contract from "../people-contract.ts";
import * as invitations from "./invitations.ts";
import type { People } from "./people.ts";
import { type ProofDependencies, prove } from "./prove-oneself.ts";
import { createRateLimit } from "./rate-limit.ts";
import * as resetLinks from "./reset-links.ts";
import { removeFactorsOf } from "./second-factor-removal.ts";
import { clientOf, setSessionCookie } from "./routes.ts";
import type { SecondFactors } from "./second-factors.ts";
import type { Sessions } from "./sessions.ts";

export interface PeopleRoutesDependencies extends ProofDependencies {
  readonly clock: Clock;
  readonly secondFactors: SecondFactors;
  readonly sessions: Sessions;
  readonly openCalls: OpenCalls;
  readonly people: People;
}

/** Failed attempts with links, by client address: an office behind one address may open many of them. */
const linkLimit = { burst: 30, refillMs: 10_000 };

export function peopleRoutes(serve: Serve, dependencies: PeopleRoutesDependencies): void {
  const { people } = dependencies;
  serve(contract.listPeople, ({ principal, query }) => people.list(principal.organisationId, query));
  serve(contract.getPerson, ({ principal, params }) => people.read(principal.organisationId, params.userId));
  serve(contract.changePerson, ({ principal, params, body }) => people.change(principal, params.userId, body));
  serve(contract.removePerson, ({ principal, params, body }) => people.remove(principal, params.userId, body.chats));
  serve(contract.restorePerson, ({ principal, params }) => people.restore(principal, params.userId));
  serve(contract.removeSecondFactors, ({ principal, params }) =>
    removeFactorsOf(dependencies, principal, params.userId),
  );
  serve(contract.leave, async ({ principal, body, request }) => {
    await prove(dependencies, principal, body.proof, request.ip);
    await people.leave(principal, body.chats);
  });
  serve(contract.createResetLink, async ({ principal, params, request }) => {
    const { token, expiresAt } = await resetLinks.createResetLink(dependencies, principal, params.userId);
    return { url: `${request.publicOrigin}${resetLinks.resetLinkPath(token)}`, expiresAt };
  });
  serveInvitations(serve, dependencies);
  serveLinkHolders(serve, dependencies);
}

function serveInvitations(serve: Serve, dependencies: PeopleRoutesDependencies): void {
  serve(contract.listInvitations, ({ principal, query }) =>
    invitations.listInvitations(dependencies, principal.organisationId, query),
  );
  serve(contract.createInvitation, async ({ principal, body, request }) => {
    const { invitation, token } = await invitations.createInvitation(dependencies, principal, body);
    return { invitation, url: `${request.publicOrigin}${invitations.invitationPath(token)}` };
  });
  serve(contract.withdrawInvitation, ({ principal, params }) =>
    invitations.withdrawInvitation(dependencies, principal, params.invitationId),
  );
}

/** Nobody is known here: what counts is the link. */
function serveLinkHolders(serve: Serve, dependencies: PeopleRoutesDependencies): void {
  const byAddress = createRateLimit({ clock: dependencies.clock, ...linkLimit });
  const invited = invitations.createInvitationEntrance({ ...dependencies, byAddress });
  const resetting = resetLinks.createResetEntrance({ ...dependencies, byAddress });

  serve(contract.lookAtInvitation, ({ body, request }) => invited.look(body.token, clientOf(request)));
  serve(contract.acceptInvitation, async ({ body, request, reply }) => {
    const { user, token } = await invited.accept(body, clientOf(request));
    setSessionCookie(request, reply, token);
    return user;
  });
  serve(contract.lookAtResetLink, ({ body, request }) => resetting.look(body.token, request.ip));
  serve(contract.applyResetLink, ({ body, request }) => resetting.apply(body, request.ip));
}
