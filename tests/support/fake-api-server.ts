// A small server that answers the contracts from memory, for looking at pages and for journeys that need a state on
// command (an error, a slow model, an empty list). It serves the built web app and is never part of the product.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import type { FakeAnswer, FakeCall } from "./fake-api-call.ts";
import type { Endpoint } from "../../src/contract/endpoint.ts";
import * as apiKeys from "../../src/features/api-keys/contract.ts";
import * as backups from "../../src/features/backups/contract.ts";
import { listEngines } from "../../src/features/engines/contract.ts";
import * as upgrades from "../../src/features/upgrades/contract.ts";
import * as chats from "../../src/features/chats/contract.ts";
import { renameOrganisation } from "../../src/features/users/organisation-contract.ts";
import * as people from "../../src/features/users/people-contract.ts";
import * as users from "../../src/features/users/contract.ts";
import { describeDownloadRoutes } from "./fake-api-downloads.ts";
import { describeModelRoutes } from "./fake-api-models.ts";
import { takeSecondStep } from "../../src/features/users/sign-in-contract.ts";
import * as providers from "../../src/features/providers/contract.ts";
import { providerPresets, remoteModels, seedProvider } from "./fake-api-providers.ts";
import { seedReleases } from "./fake-api-seed.ts";
import { contentSecurityPolicy, createFakeState, type FakeOptions, type FakeState } from "./fake-api-state.ts";
import { serveSecurity } from "./fake-security.ts";
import { streamAnswer } from "./fake-answer-stream.ts";

export interface FakeApiServer extends AsyncDisposable {
  readonly origin: string;
  readonly state: FakeState;
  /** From here on the server is another one at the same address, so that a browser keeps the files that it has. */
  readonly become: (options: FakeOptions) => void;
  /** Paths of every request, for tests on what leaves the page. */
  readonly requests: string[];
  readonly close: () => Promise<void>;
}

type Serve = (call: FakeCall) => FakeAnswer;

const contentTypes: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

export async function startFakeApiServer(options: FakeOptions): Promise<FakeApiServer> {
  let state = createFakeState(options);
  let routes = describeRoutes(state);
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? "");
    handle(request, response, routes, state).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return {
    origin: `http://127.0.0.1:${port}`,
    get state() {
      return state;
    },
    become(next) {
      state = createFakeState(next);
      routes = describeRoutes(state);
    },
    requests,
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  routes: Map<Endpoint, Serve>,
  state: FakeState,
) {
  const url = new URL(request.url ?? "/", "http://fake");
  if (!url.pathname.startsWith("/api/")) return await serveFile(url.pathname, response, state.options.webFolder);
  const found = findRoute(routes, request.method ?? "GET", url.pathname);
  const body = await readBody(request);
  if (state.offline) return void response.destroy();
  if (found === null) return reply(response, { status: 404, problem: "route_not_found" });
  if (request.method !== "GET" && request.headers["x-shobar-request"] !== "1") {
    return reply(response, { status: 403, problem: "foreign_origin" });
  }
  if (found.endpoint.access !== "public" && state.me === null) {
    return reply(response, { status: 401, problem: "not_signed_in" });
  }
  if (state.failing.includes(found.endpoint.path)) return reply(response, { status: 503, problem: "database_busy" });
  if (state.full.includes(found.endpoint.path)) return reply(response, { status: 507, problem: "disk_full" });
  if (state.options.hanging?.includes(found.endpoint.path) === true) return;
  if (found.endpoint === chats.followRun) {
    return await streamAnswer(state, found.params["runId"] ?? "", Number(url.searchParams.get("after") ?? 0), response);
  }
  const serve = routes.get(found.endpoint);
  reply(
    response,
    serve === undefined
      ? { status: 404, problem: "route_not_found" }
      : serve({ params: found.params, query: url.searchParams, body }),
  );
}

function reply(response: ServerResponse, { status = 200, json, problem, details = { seconds: 30 } }: FakeAnswer): void {
  const content =
    problem === undefined
      ? json
      : {
          error: {
            code: problem,
            message: `The server's sentence for ${problem}.`,
            details,
            requestId: "01HX5J3F9Q2M",
          },
        };
  response.writeHead(content === undefined ? 204 : status, {
    "content-type": "application/json",
    "cache-control": "no-store",
  });
  response.end(content === undefined ? undefined : JSON.stringify(content));
}

function findRoute(routes: Map<Endpoint, Serve>, method: string, path: string) {
  for (const endpoint of [...routes.keys(), chats.followRun]) {
    if (endpoint.method !== method) continue;
    const pattern = new RegExp(`^${endpoint.path.replace(/:(\w+)/g, "(?<$1>[^/]+)")}$`);
    const match = pattern.exec(path);
    if (match === null) continue;
    const params = Object.fromEntries(
      Object.entries(match.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
    );
    return { endpoint, params };
  }
  return null;
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  if (request.headers["content-type"] === "application/octet-stream") return { bytes: Buffer.concat(parts).length };
  const text = Buffer.concat(parts).toString("utf8");
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}

async function serveFile(path: string, response: ServerResponse, folder: string): Promise<void> {
  const isFile = extname(path) !== "";
  const file = join(folder, normalize(isFile ? path : "/index.html"));
  const content = await readFile(file).catch(() => null);
  if (content === null) return void response.writeHead(404).end();
  response.writeHead(200, {
    "content-type": contentTypes[extname(file)] ?? "application/octet-stream",
    "content-security-policy": contentSecurityPolicy,
    "cache-control": path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
  });
  response.end(content);
}

/** The endpoints as the real server serves them, in a few lines each. */
function describeRoutes(state: FakeState): Map<Endpoint, Serve> {
  const routes = new Map<Endpoint, Serve>();
  const serve = (endpoint: Endpoint, answer: Serve) => routes.set(endpoint, answer);
  const signInAs = (): FakeAnswer => ({ json: state.signIn() });
  serve(users.getServerState, () => ({
    json: {
      ownerExists: state.options.isUnclaimed !== true,
      version: "0.1.0",
      organisation: state.organisation,
    },
  }));
  serve(renameOrganisation, ({ body }) => {
    state.organisation = String(body["name"]);
    return { json: { name: state.organisation } };
  });
  serve(users.claimServer, ({ body }) =>
    body["token"] === "good" ? { status: 201, ...signInAs() } : { status: 403, problem: "setup_link_invalid" },
  );
  serve(users.signIn, ({ body }) => {
    if (body["password"] === "wrong password") return { status: 401, problem: "invalid_credentials" };
    return state.options.hasTwoFactor === true ? { json: { isSecondStepNeeded: true } } : signInAs();
  });
  serve(takeSecondStep, ({ body }) => {
    if (body["code"] === "000000") return { status: 403, problem: "wrong_code" };
    return body["code"] === "expired" ? { status: 401, problem: "second_step_expired" } : signInAs();
  });
  serveSecurity(serve, {
    isEmpty: state.options.isEmpty === true,
    hasTwoFactor: state.options.hasTwoFactor === true,
    now: state.options.now ?? Date.now(),
  });
  serve(users.signOut, () => {
    state.me = null;
    return {};
  });
  serve(users.getMe, () => ({ json: state.me }));
  serve(users.updateMe, ({ body }) => {
    if (state.me !== null) state.me = { ...state.me, ...body };
    return { json: state.me };
  });
  describeModelRoutes(state, serve);
  describeDownloadRoutes(state, serve);
  serve(apiKeys.listApiKeys, () => ({ json: { items: state.apiKeys, nextCursor: null } }));
  serve(apiKeys.createApiKey, ({ body }) => ({
    status: 201,
    json: state.createApiKey(String(body["name"])),
  }));
  serve(apiKeys.revokeApiKey, ({ params }) => {
    state.apiKeys = state.apiKeys.filter((key) => key.id !== params["apiKeyId"]);
    return {};
  });
  describePeopleRoutes(state, serve);
  serve(backups.getBackups, () => ({ json: state.backups }));
  serve(backups.changeBackups, ({ body }) => ({ json: state.changeBackups(body) }));
  serve(backups.startBackup, () => ({ status: 202, json: state.startBackup() }));
  serve(listEngines, () => ({ json: { items: state.engines } }));
  serve(upgrades.getUpgradeState, () => ({ json: state.upgrade }));
  serve(upgrades.markUpgradeSeen, () => {
    const { last } = state.upgrade;
    state.upgrade = { ...state.upgrade, last: last && { ...last, isSeen: true } };
    return { json: state.upgrade };
  });
  serve(upgrades.listReleases, () => ({ json: { items: state.options.isEmpty === true ? [] : seedReleases } }));
  describeProviderRoutes(state, serve);
  describeChatRoutes(state, serve);
  return routes;
}

function describePeopleRoutes(state: FakeState, serve: (endpoint: Endpoint, answer: Serve) => void): void {
  const orMissing = (json: unknown): FakeAnswer =>
    json === undefined ? { status: 404, problem: "user_not_found" } : { json };
  const isGood = (body: Record<string, unknown>): boolean => body["token"] === "good";
  const expiresAt = () => (state.options.now ?? Date.now()) + 86_400_000;
  serve(people.listPeople, ({ query }) => {
    const search = (query.get("search") ?? "").toLowerCase();
    const items = state.people.filter(({ name, email }) => `${name}\n${email}`.toLowerCase().includes(search));
    return { json: { items, nextCursor: null } };
  });
  serve(people.getPerson, ({ params }) => orMissing(state.person(params["userId"])));
  serve(people.changePerson, ({ params, body }) => {
    const { role, disabled } = body as { role?: users.UserRole; disabled?: boolean };
    const isDisabled = disabled === undefined ? {} : { state: disabled ? ("disabled" as const) : ("active" as const) };
    return orMissing(state.changePerson(params["userId"], { ...(role === undefined ? {} : { role }), ...isDisabled }));
  });
  serve(people.removePerson, ({ params, body }) => {
    const id = params["userId"];
    if (body["chats"] === "keep") state.changePerson(id, { state: "removed", purgeAt: expiresAt() });
    else state.people = state.people.filter((person) => person.id !== id);
    return {};
  });
  serve(people.restorePerson, ({ params }) =>
    orMissing(state.changePerson(params["userId"], { state: "active", purgeAt: null })),
  );
  serve(people.leave, ({ body }) => {
    if (body["proof"] === "wrong password") return { status: 403, problem: "wrong_proof" };
    state.me = null;
    return {};
  });
  serve(people.removeSecondFactors, ({ params }) => {
    state.changePerson(params["userId"], { hasTwoFactor: false });
    return {};
  });
  serve(people.createResetLink, () => ({
    status: 201,
    json: {
      url: "https://chat.example.org/reset#token=Zt4fakeFAKEZt4fakeFAKEZt4fakeFAKEZt4fakeFAK",
      expiresAt: expiresAt(),
    },
  }));
  serve(people.listInvitations, () => ({ json: { items: state.invitations, nextCursor: null } }));
  serve(people.createInvitation, ({ body }) => ({
    status: 201,
    json: state.invite(body["role"] as users.UserRole, body["note"] as string),
  }));
  serve(people.withdrawInvitation, ({ params }) => {
    state.invitations = state.invitations.filter(({ id }) => id !== params["invitationId"]);
    return {};
  });
  serve(people.lookAtInvitation, ({ body }) =>
    isGood(body)
      ? { json: { organisation: "Example Ltd", role: "member", invitedBy: "Anika Rahman", expiresAt: expiresAt() } }
      : { status: 410, problem: "invitation_expired" },
  );
  serve(people.acceptInvitation, ({ body }) =>
    body["email"] === "taken@example.org"
      ? { status: 409, problem: "email_taken" }
      : { status: 201, json: state.signIn() },
  );
  serve(people.lookAtResetLink, ({ body }) =>
    isGood(body)
      ? { json: { name: "Mina Chakma", email: "mina.chakma@example.org", expiresAt: expiresAt() } }
      : { status: 404, problem: "reset_link_invalid" },
  );
  serve(people.applyResetLink, ({ body }) =>
    body["password"] === "password123" ? { status: 400, problem: "password_too_common" } : {},
  );
}

function describeProviderRoutes(state: FakeState, serve: (endpoint: Endpoint, answer: Serve) => void): void {
  serve(providers.listProviders, () => ({ json: { items: state.providers, presets: providerPresets } }));
  serve(providers.testProvider, ({ body }) =>
    body["key"] === "wrong"
      ? { status: 503, problem: "provider_key_refused", details: { provider: "DeepSeek", reason: "Incorrect API key" } }
      : { json: { baseUrl: "https://api.deepseek.com/v1", models: body["preset"] === "other" ? null : remoteModels } },
  );
  serve(providers.addProvider, ({ body }) => {
    const { baseUrl = "https://api.deepseek.com/v1", name = "DeepSeek", models: ids, ...rest } = body;
    const added = seedProvider({
      ...rest,
      baseUrl,
      name,
      models: remoteModels.slice(0, (ids as string[]).length),
    } as object);
    state.providers = [...state.providers, added];
    return { status: 201, json: added };
  });
  serve(providers.changeProvider, ({ params, body }) => {
    if (body["key"] === "wrong") return { status: 503, problem: "provider_key_refused" };
    state.providers = state.providers.map((each) => (each.id === params["providerId"] ? { ...each, ...body } : each));
    return { json: state.providers.find(({ id }) => id === params["providerId"]) };
  });
  let removed = state.providers;
  serve(providers.removeProvider, ({ params }) => {
    removed = state.providers;
    state.providers = state.providers.filter(({ id }) => id !== params["providerId"]);
    return {};
  });
  serve(providers.restoreProvider, ({ params }) => {
    state.providers = removed;
    return { json: removed.find(({ id }) => id === params["providerId"]) };
  });
}

function describeChatRoutes(state: FakeState, serve: (endpoint: Endpoint, answer: Serve) => void): void {
  const orMissing = (json: unknown, status = 200): FakeAnswer =>
    json === undefined ? { status: 404, problem: "chat_not_found" } : { status, json };
  serve(chats.listChats, ({ query }) => ({
    json: state.chatPage(query.get("cursor"), Number(query.get("limit") ?? 50)),
  }));
  serve(chats.getChat, ({ params }) => orMissing(state.chat(params["chatId"])));
  serve(chats.startChat, ({ body }) => ({ status: 201, json: state.send(String(body["chatId"]), body) }));
  serve(chats.sendMessage, ({ params, body }) => orMissing(state.send(params["chatId"] ?? "", body), 201));
  serve(chats.updateChat, ({ params, body }) => orMissing(state.updateChat(params["chatId"] ?? "", body)));
  serve(chats.deleteChat, ({ params }) => {
    state.setDeleted(params["chatId"] ?? "", true);
    return {};
  });
  serve(chats.restoreChat, ({ params }) => {
    state.setDeleted(params["chatId"] ?? "", false);
    return orMissing(state.chat(params["chatId"]));
  });
  serve(chats.listMessages, ({ params, query }) =>
    orMissing(state.messagePage(params["chatId"] ?? "", query.get("cursor"))),
  );
  serve(chats.retryMessage, ({ params }) => orMissing(state.retry(params["messageId"] ?? ""), 201));
  serve(chats.chooseBranch, ({ params }) => {
    state.choose(params["messageId"] ?? "");
    return {};
  });
  serve(chats.continueRun, ({ params }) => orMissing(state.continueRun(params["runId"] ?? "")));
  serve(chats.stopRun, ({ params }) => orMissing(state.stopRun(params["runId"] ?? "")));
}
