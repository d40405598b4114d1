// Who may do what, tried on every route: each route that the app serves x each kind of caller, with own ids and with
// other people's. What is expected follows from the endpoint's `access` and `resource` by one rule, `expectedFor`.
import { afterAll, describe, expect, test } from "vitest";
import type { InjectOptions, LightMyRequestResponse } from "fastify";
import type { Endpoint } from "../../src/contract/endpoint.ts";
import type { Turn } from "../../src/features/chats/contract.ts";
import { writeCommand } from "../../src/platform/database/command.ts";
import { newId } from "../../src/platform/new-id.ts";
import { getApiDescription, getHealth, getReadiness } from "../../src/server/health-contract.ts";
import { answerStreamCheck, followStreamCheck } from "../../src/server/stream-check-contract.ts";
import { buildTestApp, type TestUser } from "../support/build-test-app.ts";

const server = await buildTestApp();
afterAll(() => server[Symbol.asyncDispose]());

const endpoints: Endpoint[] = [getHealth, getReadiness, getApiDescription, followStreamCheck, answerStreamCheck];
server.features.routes((endpoint) => void endpoints.push(endpoint));

const people = {
  member: await server.aUser(),
  other: await server.aUser(),
  admin: await server.aUser({ role: "admin" }),
  owner: await server.aUser({ role: "owner" }),
};

type Ended = "revoked key" | "ended session" | "disabled session" | "disabled key";
type Credential = "none" | "session" | "key" | "key in x-api-key" | Ended;

interface Caller {
  readonly title: string;
  readonly credential: Credential;
  /** Disabled is another one of the same role; an owner cannot be. */
  readonly person?: keyof typeof people;
  /** Whose chat, message, run or key the ids in the path are. */
  readonly ids: "own" | "other";
  readonly page?: "foreign origin" | "no own-request header" | "null origin" | "foreign host";
}

const callers: readonly Caller[] = [
  { title: "a member with own ids", credential: "session", person: "member", ids: "own" },
  { title: "a member with another's ids", credential: "session", person: "member", ids: "other" },
  { title: "an admin with own ids", credential: "session", person: "admin", ids: "own" },
  { title: "an admin with a member's ids", credential: "session", person: "admin", ids: "other" },
  { title: "the owner with own ids", credential: "session", person: "owner", ids: "own" },
  { title: "the owner with a member's ids", credential: "session", person: "owner", ids: "other" },
  { title: "somebody signed out", credential: "none", ids: "other" },
  { title: "a member's API key with own ids", credential: "key", person: "member", ids: "own" },
  { title: "a member's API key with another's ids", credential: "key", person: "member", ids: "other" },
  { title: "an admin's API key with own ids", credential: "key", person: "admin", ids: "own" },
  { title: "an admin's API key with a member's ids", credential: "key", person: "admin", ids: "other" },
  { title: "the owner's API key with own ids", credential: "key", person: "owner", ids: "own" },
  { title: "the owner's API key with a member's ids", credential: "key", person: "owner", ids: "other" },
  { title: "a member's revoked API key", credential: "revoked key", person: "member", ids: "own" },
  { title: "an admin's revoked API key", credential: "revoked key", person: "admin", ids: "own" },
  { title: "the owner's revoked API key", credential: "revoked key", person: "owner", ids: "own" },
  { title: "a member's ended session", credential: "ended session", person: "member", ids: "own" },
  { title: "an admin's ended session", credential: "ended session", person: "admin", ids: "own" },
  { title: "the owner's ended session", credential: "ended session", person: "owner", ids: "own" },
  { title: "an API key in the header x-api-key", credential: "key in x-api-key", person: "member", ids: "own" },
  { title: "a disabled member's session", credential: "disabled session", person: "member", ids: "other" },
  { title: "a disabled member's API key", credential: "disabled key", person: "member", ids: "other" },
  { title: "a disabled admin's session", credential: "disabled session", person: "admin", ids: "other" },
  { title: "a disabled admin's API key", credential: "disabled key", person: "admin", ids: "other" },
  { title: "another site's page", credential: "session", person: "member", ids: "own", page: "foreign origin" },
  { title: "a sandboxed page", credential: "session", person: "member", ids: "own", page: "null origin" },
  { title: "a plain form", credential: "session", person: "member", ids: "own", page: "no own-request header" },
  { title: "a foreign host name", credential: "session", person: "member", ids: "own", page: "foreign host" },
];

const ownedResources: readonly unknown[] = ["chat", "message", "run", "api-key", "session", "passkey"];
const isOwned = ({ resource }: Endpoint): boolean => ownedResources.includes(resource);
/** What admins look after. Own is then the caller's own account or invitation, another's that of a member. */
const managedResources: readonly unknown[] = ["user", "invitation"];
const isManaged = ({ resource }: Endpoint): boolean => managedResources.includes(resource);

/** `served`: success, or a refusal for another reason than who asks. */
type Expected = "served" | 401 | 403 | 404;

function expectedFor(endpoint: Endpoint, caller: Caller): Expected {
  const changes = endpoint.method !== "GET";
  if (caller.page !== undefined && (caller.page !== "no own-request header" || changes)) {
    return 403;
  }
  if (endpoint.access === "public") {
    return "served";
  }
  const isKnown = caller.credential === "session" || (caller.credential === "key" && endpoint.access === "api");
  if (!isKnown) {
    return 401;
  }
  if (endpoint.access === "admin" && caller.person === "member") {
    return 403;
  }
  if (endpoint.resource === "user" && changes && caller.ids === "own") {
    // Nobody but an owner is above an admin.
    return caller.person === "owner" ? "served" : 403;
  }
  if (endpoint.access === "owner" && caller.person !== "owner") {
    return 403;
  }
  return isOwned(endpoint) && caller.ids === "other" ? 404 : "served";
}

const isLive = ({ credential }: Caller): boolean => credential === "session" || credential === "key";

const cells = endpoints.flatMap((endpoint) =>
  callers
    .filter((caller) => isOwned(endpoint) || isManaged(endpoint) || caller.ids === "own" || !isLive(caller))
    .map((caller) => ({ endpoint, caller, expected: expectedFor(endpoint, caller) })),
);

/** Nothing here connects to it, so that nothing is waited for. */
const addressOfNobody = { preset: "other", baseUrl: "https://169.254.169.254/v1" };

/** A valid body for every endpoint that takes one; a new endpoint without an example here fails below. */
const exampleBodies: Record<string, (person: TestUser, things: Things) => Record<string, unknown>> = {
  "POST /api/setup": (person) => ({ token: "wrong", name: "Eve", email: "eve@example.org", password: person.password }),
  "POST /api/session": ({ email, password }) => ({ email, password }),
  "POST /api/stream-check": () => ({ nonce: "a-nonce-of-a-test" }),
  "PATCH /api/me": () => ({ theme: "dark" }),
  "POST /api/me/password": ({ password }) => ({ currentPassword: password, newPassword: password }),
  "POST /api/session/second-step": () => ({ code: "000000" }),
  "POST /api/me/second-factor": ({ password }) => ({ proof: password }),
  "POST /api/me/second-factor/confirm": () => ({ code: "000000" }),
  "POST /api/me/second-factor/recovery-codes": ({ password }) => ({ proof: password }),
  "POST /api/me/second-factor/turn-off": ({ password }) => ({ proof: password }),
  "POST /api/me/passkeys/options": ({ password }) => ({ proof: password }),
  "POST /api/me/passkeys": () => ({ name: "Phone", credential: { id: "made-up" } }),
  "PATCH /api/me/passkeys/:passkeyId": () => ({ name: "Old phone" }),
  "POST /api/session/passkey": () => ({ credential: { id: "made-up" } }),
  "POST /api/api-keys": () => ({ name: "another" }),
  "PUT /api/models/default": () => ({ modelId: "fake" }),
  "POST /api/models/places": () => ({ path: "/nowhere/model.gguf" }),
  "POST /api/providers/test": () => addressOfNobody,
  "POST /api/providers": () => ({ ...addressOfNobody, models: ["big"] }),
  "PATCH /api/providers/:providerId": () => ({ isDisabled: true }),
  "POST /api/models/uploads": () => ({ uploadId: newId(), fileName: "a.gguf", sizeBytes: 100, modifiedAt: 1 }),
  // No id of the catalogue and no repository: nothing is asked for it.
  "POST /api/models/downloads": () => ({ source: "none" }),
  "POST /api/chats": () => ({ chatId: newId(), messageId: newId(), text: "Hello" }),
  "PATCH /api/chats/:chatId": () => ({ title: "Renamed" }),
  "POST /api/chats/:chatId/messages": (_, { messageId }) => ({ messageId: newId(), parentId: messageId, text: "And?" }),
  "POST /api/chats/:chatId/messages/:messageId/retry": () => ({ answerId: newId() }),
  "POST /api/runs/:runId/continue": () => ({ nextRunId: newId() }),
  "POST /api/me/leave": () => ({ proof: "wrong", chats: "keep" }),
  "PATCH /api/organisation": () => ({ name: "Example Ltd" }),
  "PATCH /api/people/:userId": () => ({ role: "member", disabled: false }),
  "POST /api/people/:userId/remove": () => ({ chats: "keep" }),
  "POST /api/invitations": () => ({ role: "member", note: "For Eve" }),
  "POST /api/invitations/look": () => ({ token: "wrong" }),
  "POST /api/invitations/accept": ({ password }) => ({
    token: "wrong",
    name: "Eve",
    email: "eve@example.org",
    password,
  }),
  "POST /api/reset-links/look": () => ({ token: "wrong" }),
  "POST /api/reset-links/apply": ({ password }) => ({ token: "wrong", password }),
  "PUT /api/upgrades/seen": () => ({ version: "0.0.0" }),
  "PATCH /api/backups": () => ({ schedule: { every: "off" } }),
  "POST /v1/chat/completions": askForCompletion,
  "POST /chat/completions": askForCompletion,
  "POST /tokenize": () => ({ content: "Hello" }),
  "POST /detokenize": () => ({ tokens: [72] }),
  "POST /apply-template": askForCompletion,
};

function askForCompletion() {
  return { model: "fake", messages: [{ role: "user", content: "Hello" }] };
}

/** Refusals because of who asks, by the code and the status of each. */
const refusals: Record<string, number> = {
  not_signed_in: 401,
  invalid_api_key: 401,
  not_allowed: 403,
  foreign_origin: 403,
  chat_not_found: 404,
  message_not_found: 404,
  run_not_found: 404,
  api_key_not_found: 404,
  session_not_found: 404,
  passkey_not_found: 404,
  user_not_found: 404,
};

/** After these the person signs in again: they end every session but the one that asks. */
const endingOthers = ["POST /api/me/password", "DELETE /api/me/sessions"];

/** What a person owns: a chat with a finished answer, an API key and a session. */
interface Things extends Record<string, string> {
  readonly chatId: string;
  readonly messageId: string;
  readonly runId: string;
  readonly apiKeyId: string;
  readonly sessionId: string;
  readonly passkeyId: string;
  readonly modelId: string;
  readonly userId: string;
  readonly invitationId: string;
}

/** For the routes whose path names nothing that is owned. */
const noThings: Things = {
  chatId: "",
  messageId: "",
  runId: "",
  apiKeyId: "",
  sessionId: "",
  passkeyId: "",
  modelId: "fake",
  placeId: newId(),
  providerId: newId(),
  userId: "",
  invitationId: "",
  backupName: "none.shobar",
  uploadId: newId(),
  downloadId: newId(),
  owner: "nobody",
  name: "fake",
};

const secretText = "A sentence that only its author may read.";

interface SessionList {
  readonly items: readonly { readonly id: string; readonly isThisOne: boolean }[];
}

/** Without a device; the store's own command has a limit a person. */
const insertPasskey = writeCommand(
  "test.insertPasskey",
  async (db, owned: { id: string; organisation_id: string; owner_id: string }): Promise<void> => {
    const key = { host: "localhost", credential_id: owned.id, public_key: "", counter: 0, transports: "[]" };
    const passkey = { ...owned, ...key, name: "Phone", created_at: 1, last_used_at: null };
    await db.insertInto("passkeys").values(passkey).execute();
  },
);

async function thingsOf(person: TestUser): Promise<Things> {
  const payload = { chatId: newId(), messageId: newId(), text: secretText };
  const started = await person.inject({ method: "POST", url: "/api/chats", payload });
  const { chat, answer } = started.json<Turn>();
  const runId = answer.run?.id ?? "";
  await person.inject({ method: "GET", url: `/api/runs/${runId}/events` });
  const made = await person.inject({ method: "POST", url: "/api/api-keys", payload: { name: "of theirs" } });
  const apiKeyId = made.json<{ key: { id: string } }>().key.id;
  const headers = { cookie: await cookieOf(person) };
  const sessions = (await server.app.inject({ url: "/api/me/sessions", headers })).json<SessionList>();
  const sessionId = sessions.items.find(({ isThisOne }) => isThisOne)?.id ?? "";
  const passkeyId = newId();
  await server.db.run(insertPasskey, {
    id: passkeyId,
    organisation_id: server.organisationId,
    owner_id: person.user.id,
  });
  return { ...noThings, chatId: chat.id, messageId: answer.id, runId, apiKeyId, sessionId, passkeyId };
}

/** The caller's own account and an invitation of theirs, or those of somebody else, who is new each time. */
async function managedThings({ person = "other", ids }: Caller): Promise<Things> {
  const asking = people[person];
  const mayInvite = ids === "own" && person !== "member" && person !== "other";
  const made = await (mayInvite ? asking : people.owner).inject({
    method: "POST",
    url: "/api/invitations",
    payload: { role: "member", note: secretText },
  });
  const invitationId = made.json<{ invitation: { id: string } }>().invitation.id;
  const { user } = ids === "own" ? asking : await server.aUser({ name: secretText });
  return { ...noThings, userId: user.id, invitationId };
}

async function lookAtManaged({ userId, invitationId }: Things): Promise<unknown[]> {
  const person = await people.owner.inject({ method: "GET", url: `/api/people/${userId}` });
  const invitations = await people.owner.inject({ method: "GET", url: "/api/invitations?limit=100" });
  const listed = invitations.json<{ items: { id: string }[] }>().items.find(({ id }) => id === invitationId);
  return [{ ...person.json<object>(), lastSeenAt: null }, listed];
}

function thingsFor(endpoint: Endpoint, caller: Caller, author: TestUser): Promise<Things> {
  if (isManaged(endpoint)) {
    return managedThings(caller);
  }
  return isOwned(endpoint) ? thingsOf(author) : Promise.resolve(noThings);
}

async function lookFor(endpoint: Endpoint, author: TestUser, things: Things): Promise<unknown[]> {
  if (isManaged(endpoint)) {
    return lookAtManaged(things);
  }
  return isOwned(endpoint) ? lookAt(author, things) : [];
}

/** Everything that the person can see of it, to find out whether somebody else has changed it. */
async function lookAt(person: TestUser, { chatId, apiKeyId, sessionId, passkeyId }: Things): Promise<unknown[]> {
  const chat = await person.inject({ method: "GET", url: `/api/chats/${chatId}` });
  const messages = await person.inject({ method: "GET", url: `/api/chats/${chatId}/messages` });
  const keys = await person.inject({ method: "GET", url: "/api/api-keys?limit=100" });
  const key = keys.json<{ items: { id: string }[] }>().items.find(({ id }) => id === apiKeyId);
  const sessions = await person.inject({ method: "GET", url: "/api/me/sessions" });
  const session = sessions.json<SessionList>().items.find(({ id }) => id === sessionId);
  const passkeys = await person.inject({ method: "GET", url: "/api/me/passkeys" });
  const passkey = passkeys.json<{ items: { id: string }[] }>().items.find(({ id }) => id === passkeyId);
  return [chat.json(), messages.json(), key, session, passkey];
}

/** A session of its own for each try, as some routes end the one that is used. */
async function cookieOf({ email, password }: TestUser): Promise<string> {
  const entered = await server.app.inject({ method: "POST", url: "/api/session", payload: { email, password } });
  return `shobar_session=${entered.cookies[0]?.value ?? ""}`;
}

/** Once for all routes: none of them can end a key that asks. */
const endedKeys: Record<string, string> = {};
for (const role of ["member", "admin", "owner"] as const) {
  const payload = { name: "revoked" };
  const made = await people[role].inject({ method: "POST", url: "/api/api-keys", payload });
  const { key, secret } = made.json<{ key: { id: string }; secret: string }>();
  await people[role].inject({ method: "DELETE", url: `/api/api-keys/${key.id}` });
  endedKeys[`revoked key of ${role}`] = secret;
}
for (const role of ["member", "admin"] as const) {
  const leaver = await server.aUser({ role });
  endedKeys[`disabled key of ${role}`] = await leaver.anApiKey();
  await server.disable(leaver);
}

/** One of its own for each try: were it alive, one route after the other would end it. */
async function endedSession({ credential, person }: Caller): Promise<string> {
  if (credential === "disabled session") {
    const leaver = await server.aUser({ role: person === "admin" ? "admin" : "member" });
    await server.disable(leaver);
    return leaver.headers["cookie"]!;
  }
  const cookie = await cookieOf(people[person!]);
  await server.app.inject({ method: "DELETE", url: "/api/session", headers: { cookie, "x-shobar-request": "1" } });
  return cookie;
}

async function credentialHeaders(caller: Caller): Promise<Record<string, string>> {
  const { credential, person = "other" } = caller;
  switch (credential) {
    case "none":
      return {};
    case "session":
      return { cookie: await cookieOf(people[person]) };
    case "key":
      return { authorization: `Bearer ${await people[person].anApiKey()}` };
    case "key in x-api-key":
      return { "x-api-key": await people[person].anApiKey() };
    case "ended session":
    case "disabled session":
      return { cookie: await endedSession(caller) };
    case "revoked key":
    case "disabled key":
      return { authorization: `Bearer ${endedKeys[`${credential} of ${person}`]!}` };
  }
}

function pageHeaders({ page }: Caller): Record<string, string> {
  const own = { "x-shobar-request": "1" };
  switch (page) {
    case undefined:
      return own;
    case "foreign origin":
      return { ...own, origin: "https://evil.example" };
    case "null origin":
      return { ...own, origin: "null" };
    case "no own-request header":
      return {};
    case "foreign host":
      return { ...own, host: "evil.example" };
  }
}

const nameOf = ({ method, path }: Endpoint): string => `${method} ${path}`;

let requests = 0;

async function requestFor(endpoint: Endpoint, caller: Caller, things: Things): Promise<InjectOptions> {
  const headers = { ...(await credentialHeaders(caller)), ...pageHeaders(caller) };
  const url = endpoint.path.replace(/:(\w+)/g, (_, name: string) => things[name] ?? `no-example-for-${name}`);
  const payload = exampleBodies[nameOf(endpoint)]?.(people[caller.person ?? "other"], things);
  // From an address of its own, so that what is limited by address is limited by none of the others.
  requests += 1;
  const remoteAddress = `10.9.${requests >> 8}.${requests & 255}`;
  return { method: endpoint.method, url, headers, remoteAddress, ...(payload ? { payload } : {}) };
}

function refusalOf(response: LightMyRequestResponse): number | undefined {
  if (response.statusCode < 400) {
    return undefined;
  }
  const { error } = response.json<{ error: { code: string } }>();
  return error.code in refusals ? response.statusCode : undefined;
}

describe("The routes", () => {
  test("are all in this matrix, as the app itself lists them", async () => {
    const described = (await server.app.inject("/api/openapi.json")).json<{ paths: Record<string, object> }>();
    const served = Object.entries(described.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ":$1")}`),
    );
    expect(endpoints.map(nameOf).toSorted()).toEqual(served.toSorted());
    expect(cells.length).toBeGreaterThan(400);
  });

  test("with an id in their path say what it is the id of", () => {
    const unsaid = endpoints.filter(({ path, resource }) => path.includes(":") && resource === undefined);
    expect(unsaid.map(nameOf)).toEqual([]);
  });

  test("with a body have an example here", () => {
    const withBody = endpoints.filter(({ body }) => body !== undefined).map(nameOf);
    expect(withBody.toSorted()).toEqual(Object.keys(exampleBodies).toSorted());
  });
});

describe.each(endpoints.map((endpoint) => ({ name: nameOf(endpoint), endpoint })))("$name", ({ endpoint }) => {
  const rows = cells.filter((cell) => cell.endpoint === endpoint);

  test.each(rows.map((row) => ({ ...row, title: row.caller.title })))(
    "asked by $title is answered with $expected",
    async ({ caller, expected }) => {
      const asking = people[caller.person ?? "other"];
      const author = caller.ids === "own" ? asking : people.other;
      const things = await thingsFor(endpoint, caller, author);
      const before = await lookFor(endpoint, author, things);
      const response = await server.app.inject(await requestFor(endpoint, caller, things));
      if (endingOthers.includes(nameOf(endpoint))) {
        asking.headers["cookie"] = await cookieOf(asking);
      }
      if (expected === "served") {
        expect(refusalOf(response), response.body).toBeUndefined();
        expect(response.statusCode, response.body).toBeLessThan(500);
        return;
      }
      expect(response.statusCode, response.body).toBe(expected);
      expect(refusalOf(response), response.body).toBe(expected);
      expect(response.body).not.toContain(secretText);
      expect(await lookFor(endpoint, author, things)).toEqual(before);
    },
  );
});

describe("A request that may be made", () => {
  test("succeeds on every route, but where the thing itself is not in the state for it", async () => {
    const notDone: string[] = [];
    for (const { endpoint } of cells.filter(({ caller }) => caller.title === "the owner with own ids")) {
      const credential = endpoint.access === "api" ? "key" : "session";
      const caller: Caller = { title: "the owner", credential, person: "owner", ids: "own" };
      const things = await thingsFor(endpoint, { ...caller, ids: isManaged(endpoint) ? "other" : "own" }, people.owner);
      const response = await server.app.inject(await requestFor(endpoint, caller, things));
      if (endingOthers.includes(nameOf(endpoint))) {
        people.owner.headers["cookie"] = await cookieOf(people.owner);
      }
      if (response.statusCode >= 300) {
        notDone.push(`${nameOf(endpoint)}: ${response.json<{ error: { code: string } }>().error.code}`);
      }
    }
    expect(notDone).toEqual([
      "GET /api/stream-check: invalid_request",
      "POST /api/setup: setup_done",
      "POST /api/session/second-step: second_step_expired",
      "POST /api/me/second-factor/confirm: wrong_code",
      "POST /api/me/second-factor/recovery-codes: second_factor_off",
      "POST /api/me/passkeys: passkey_refused",
      "POST /api/session/passkey: passkey_refused",
      "POST /api/me/leave: wrong_proof",
      "POST /api/invitations/look: invitation_invalid",
      "POST /api/invitations/accept: invitation_invalid",
      "POST /api/reset-links/look: reset_link_invalid",
      "POST /api/reset-links/apply: reset_link_invalid",
      "POST /api/runs/:runId/continue: run_not_continuable",
      "POST /api/models/places: model_path_missing",
      "DELETE /api/models/places/:placeId: model_place_not_found",
      "POST /api/models/places/:placeId/restore: model_place_not_found",
      "PUT /api/models/uploads/:uploadId/bytes: invalid_request",
      "POST /api/models/uploads/:uploadId/finish: upload_not_found",
      "DELETE /api/models/uploads/:uploadId: upload_not_found",
      "POST /api/models/downloads: download_source_unclear",
      "POST /api/models/downloads/:downloadId/pause: download_unknown",
      "POST /api/models/downloads/:downloadId/resume: download_unknown",
      "POST /api/providers/test: address_not_allowed",
      "POST /api/providers: address_not_allowed",
      "PATCH /api/providers/:providerId: provider_not_found",
      "DELETE /api/providers/:providerId: provider_not_found",
      "POST /api/providers/:providerId/restore: provider_not_found",
      "GET /api/backups/:backupName: backup_file_not_found",
      "GET /v1/models/:owner/:name: model_not_found",
    ]);
  });
});

describe("Another's ids in places other than the path", () => {
  /** By the field's name: what it is the id of. */
  const idFields: Record<string, string> = {
    chatId: "chatId",
    messageId: "messageId",
    parentId: "messageId",
    answerId: "messageId",
    nextRunId: "runId",
  };

  test("of a body open, change and tell nothing", async () => {
    let tried = 0;
    for (const endpoint of endpoints) {
      const own = await thingsOf(people.member);
      const body = exampleBodies[nameOf(endpoint)]?.(people.member, own) ?? {};
      for (const [field, thing] of Object.entries(idFields).filter(([name]) => name in body)) {
        const foreign = await thingsOf(people.other);
        const before = await lookAt(people.other, foreign);
        const url = endpoint.path.replace(/:(\w+)/g, (_, name: string) => own[name] ?? "");
        const payload = { ...body, [field]: foreign[thing] };
        const response = await people.member.inject({ method: endpoint.method, url, payload });
        expect(response.statusCode, `${nameOf(endpoint)} ${field} ${response.body}`).toBeGreaterThanOrEqual(400);
        expect(response.statusCode, response.body).toBeLessThan(500);
        expect(response.body).not.toContain(secretText);
        expect(await lookAt(people.other, foreign)).toEqual(before);
        tried += 1;
      }
    }
    expect(tried).toBe(6);
  });

  test("of a list's cursor tell nothing", async () => {
    const lists = endpoints.filter(
      ({ method, query, access }) => method === "GET" && query !== undefined && access !== "admin",
    );
    expect(lists.length).toBeGreaterThan(2);
    const own = await thingsOf(people.member);
    const foreign = await thingsOf(people.other);
    const foreignIds = [foreign.chatId, foreign.messageId, foreign.runId, foreign.apiKeyId];
    for (const { path } of lists) {
      const url = path.replace(/:(\w+)/g, (_, name: string) => own[name] ?? "");
      for (const id of foreignIds) {
        const response = await people.member.inject({ method: "GET", url, query: { cursor: id } });
        expect(response.statusCode, response.body).toBeLessThan(500);
        const told = foreignIds.filter((foreignId) => response.body.includes(foreignId));
        expect(told, `${path}: ${response.body}`).toEqual([]);
      }
    }
  });

  test("of a path that mixes an own chat with another's message open nothing", async () => {
    const mixed = endpoints.filter(({ path }) => path.includes(":chatId") && path.includes(":messageId"));
    expect(mixed.length).toBeGreaterThan(1);
    const own = await thingsOf(people.member);
    const foreign = await thingsOf(people.other);
    const before = await lookAt(people.other, foreign);
    for (const { method, path } of mixed) {
      const url = path.replace(":chatId", own.chatId).replace(":messageId", foreign.messageId);
      const response = await people.member.inject({ method, url, ...(method === "GET" ? {} : { payload: {} }) });
      expect(response.statusCode, response.body).toBe(404);
    }
    expect(await lookAt(people.other, foreign)).toEqual(before);
  });
});
