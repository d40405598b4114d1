// An account's whole life through the front door: invited, promoted, disabled, removed, restored, gone.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { LightMyRequestResponse } from "fastify";
import type { Turn } from "../../src/features/chats/contract.ts";
import { newId } from "../../src/platform/new-id.ts";
import { addressesOf } from "../../src/server/addresses.ts";
import { buildTestApp, type TestApp, type TestUser } from "../support/build-test-app.ts";
import { createEventFeed } from "../support/fake-model.ts";

const newcomer = { name: "Chi", email: "chi@example.org", password: "seven green bicycles" };

const codeOf = (response: LightMyRequestResponse): string =>
  response.statusCode < 400 ? "done" : response.json<{ error: { code: string } }>().error.code;

function post({ app }: TestApp, url: string, payload: object, headers = {}): Promise<LightMyRequestResponse> {
  return app.inject({ method: "POST", url, payload, headers });
}

/** Answers the token and the address of the link. */
async function invite(admin: TestUser, payload: object = { role: "member" }): Promise<{ token: string; url: string }> {
  const made = await admin.inject({ method: "POST", url: "/api/invitations", payload });
  expect(made.statusCode, made.body).toBe(201);
  const { url } = made.json<{ url: string }>();
  return { url, token: tokenOf(url) };
}

const tokenOf = (url: string): string => new URLSearchParams(new URL(url).hash.slice(1)).get("token") ?? "";

async function resetLink(admin: TestUser, { user }: TestUser): Promise<string> {
  const made = await admin.inject({ method: "POST", url: `/api/people/${user.id}/reset-link` });
  expect(made.statusCode, made.body).toBe(201);
  return tokenOf(made.json<{ url: string }>().url);
}

describe("An invitation", () => {
  test("is a link whose secret is sent in no address, and lets its holder in with the role that it says", async () => {
    await using server = await buildTestApp();
    const owner = await server.aUser({ role: "owner", name: "Anika" });
    const { url, token } = await invite(owner, { role: "admin", note: "For Chi", days: 1 });
    expect(url).toMatch(/^http:\/\/localhost(:\d+)?\/invite#token=[\w-]{43}$/);
    const looked = await post(server, "/api/invitations/look", { token });
    expect(looked.json()).toMatchObject({ role: "admin", invitedBy: "Anika", organisation: "" });
    const accepted = await post(server, "/api/invitations/accept", { token, ...newcomer, language: "bn" });
    expect(accepted.statusCode).toBe(201);
    expect(accepted.json()).toMatchObject({ name: "Chi", role: "admin", language: "bn" });
    const cookie = `shobar_session=${accepted.cookies[0]?.value}`;
    expect((await server.app.inject({ url: "/api/people", headers: { cookie } })).statusCode).toBe(200);
    const { items } = (await owner.inject({ method: "GET", url: "/api/invitations" })).json<{ items: object[] }>();
    expect(items).toMatchObject([{ state: "accepted", note: "For Chi", acceptedBy: { name: "Chi" } }]);
    expect(JSON.stringify(items)).not.toContain(token);
  });

  test("leads to the public URL where there is one, and never to a host that the request made up", async () => {
    await using server = await buildTestApp({
      publicUrl: "https://chat.example.org",
      allowedHosts: ["intern.example"],
    });
    const owner = await server.aUser({ role: "owner" });
    const make = (host: string) =>
      owner.inject({ method: "POST", url: "/api/invitations", payload: { role: "member" }, headers: { host } });
    const made = (await make("intern.example")).json<{ url: string }>();
    expect(made.url.startsWith("https://chat.example.org/invite#token=")).toBe(true);
    expect(codeOf(await make("evil.example"))).toBe("foreign_origin");
  });

  test("made at localhost leads to the address that a colleague can open, and to this machine where it listens here alone", async () => {
    const headers = { host: "localhost:3210" };
    const linksOf = async (host: string): Promise<string[]> => {
      await using server = await buildTestApp({ host });
      const owner = await server.aUser({ role: "owner" });
      const ask = (url: string) => owner.inject({ method: "POST", url, payload: { role: "member" }, headers });
      const made = [
        await ask("/api/invitations"),
        await ask(`/api/people/${(await server.aUser()).user.id}/reset-link`),
      ];
      return made.map((response) => new URL(response.json<{ url: string }>().url).origin);
    };
    const [address] = addressesOf({ host: "0.0.0.0", publicUrl: undefined }, "http://localhost:3210");
    expect(address).toMatch(/^http:\/\/[\d.]+:3210$/);
    expect(await linksOf("0.0.0.0")).toEqual([address, address]);
    expect(await linksOf("127.0.0.1")).toEqual(["http://localhost:3210", "http://localhost:3210"]);
  });

  test("is dead once it is used or withdrawn, and neither tells more than that", async () => {
    await using server = await buildTestApp();
    const owner = await server.aUser({ role: "owner" });
    const used = await invite(owner);
    await post(server, "/api/invitations/accept", { token: used.token, ...newcomer });
    const withdrawn = await invite(owner);
    const { items } = (await owner.inject({ method: "GET", url: "/api/invitations" })).json<{
      items: { id: string }[];
    }>();
    const gone = await owner.inject({ method: "DELETE", url: `/api/invitations/${items[0]?.id}` });
    expect(gone.statusCode).toBe(204);
    const again = { ...newcomer, email: "di@example.org" };
    const codes = await Promise.all(
      [used.token, withdrawn.token, "x".repeat(43), ""].map(async (token) => [
        codeOf(await post(server, "/api/invitations/look", { token })),
        codeOf(await post(server, "/api/invitations/accept", { token, ...again })),
      ]),
    );
    expect(codes).toEqual([
      ["invitation_used", "invitation_used"],
      ["invitation_invalid", "invitation_invalid"],
      ["invitation_invalid", "invitation_invalid"],
      ["invitation_invalid", "invitation_invalid"],
    ]);
    for (const token of [null, undefined, 7, {}]) {
      expect(codeOf(await post(server, "/api/invitations/accept", { token, ...again }))).toBe("invalid_request");
    }
  });

  test("alone lets anybody learn that an email has an account, and not without end", async () => {
    await using server = await buildTestApp();
    const owner = await server.aUser({ role: "owner" });
    const taken = { ...newcomer, email: owner.email };
    expect(codeOf(await post(server, "/api/invitations/accept", { token: "x".repeat(43), ...taken }))).toBe(
      "invitation_invalid",
    );
    const { token } = await invite(owner);
    const codes: string[] = [];
    for (let attempt = 0; attempt < 31; attempt += 1) {
      codes.push(codeOf(await post(server, "/api/invitations/accept", { token, ...taken })));
    }
    expect(codes.slice(0, 29)).toEqual(Array(29).fill("email_taken"));
    expect(codes.slice(-1)).toEqual(["too_many_attempts"]);
  });

  test("refuses a password that anybody would try first", async () => {
    await using server = await buildTestApp();
    const { token } = await invite(await server.aUser({ role: "owner" }));
    const accept = (password: string) => post(server, "/api/invitations/accept", { token, ...newcomer, password });
    expect(codeOf(await accept("short"))).toBe("invalid_request");
    expect(codeOf(await accept("password123"))).toBe("password_too_common");
    expect(codeOf(await accept(newcomer.password))).toBe("done");
  });
});

describe("A forgotten password", () => {
  test("is set anew with an admin's link, which signs nobody in and ends every session", async () => {
    await using server = await buildTestApp();
    const admin = await server.aUser({ role: "admin" });
    const ana = await server.aUser({ name: "Ana" });
    const token = await resetLink(admin, ana);
    const looked = await post(server, "/api/reset-links/look", { token });
    expect(looked.json()).toMatchObject({ name: "Ana", email: ana.email });
    const applied = await post(server, "/api/reset-links/apply", { token, password: newcomer.password });
    expect([applied.statusCode, applied.cookies]).toEqual([204, []]);
    expect((await ana.inject({ method: "GET", url: "/api/me" })).statusCode).toBe(401);
    const signIn = (password: string) => post(server, "/api/session", { email: ana.email, password });
    expect((await signIn(ana.password)).statusCode).toBe(401);
    expect((await signIn(newcomer.password)).statusCode).toBe(200);
    const again = await post(server, "/api/reset-links/apply", { token, password: "another good long one" });
    expect(codeOf(again)).toBe("reset_link_invalid");
  });

  test("of a person is no way around a weak new one, nor for guessing links without end", async () => {
    await using server = await buildTestApp();
    const owner = await server.aUser({ role: "owner" });
    const token = await resetLink(owner, await server.aUser());
    const weak = await post(server, "/api/reset-links/apply", { token, password: "password123" });
    expect(codeOf(weak)).toBe("password_too_common");
    const codes: string[] = [];
    for (let attempt = 0; attempt < 32; attempt += 1) {
      codes.push(codeOf(await post(server, "/api/reset-links/look", { token: "x".repeat(43) })));
    }
    expect(codes.slice(0, 30)).toEqual(Array(30).fill("reset_link_invalid"));
    expect(codes.at(-1)).toBe("too_many_attempts");
  });
});

describe("A changed role", () => {
  test("holds from the very next request on, in the same session and for the same key", async () => {
    await using server = await buildTestApp();
    const owner = await server.aUser({ role: "owner" });
    const ana = await server.aUser();
    const mayList = async () => (await ana.inject({ method: "GET", url: "/api/people" })).statusCode;
    const become = (role: string) =>
      owner.inject({ method: "PATCH", url: `/api/people/${ana.user.id}`, payload: { role } });
    const seen: number[] = [await mayList()];
    for (const role of ["admin", "member", "owner", "member"]) {
      expect((await become(role)).json()).toMatchObject({ role });
      seen.push(await mayList());
    }
    expect(seen).toEqual([403, 200, 403, 200, 403]);
    const principal = await server.features.credentials.authenticateApiKey(await ana.anApiKey());
    expect(principal?.role).toBe("member");
    await become("admin");
    expect((await ana.inject({ method: "GET", url: "/api/me" })).json()).toMatchObject({ role: "admin" });
  });
});

describe("A disabled person", () => {
  test("who is enabled again signs in anew: a session of before stays ended", async () => {
    await using server = await buildTestApp();
    const owner = await server.aUser({ role: "owner" });
    const ana = await server.aUser();
    const become = (disabled: boolean) =>
      owner.inject({ method: "PATCH", url: `/api/people/${ana.user.id}`, payload: { disabled } });
    const me = async () => (await ana.inject({ method: "GET", url: "/api/me" })).statusCode;
    expect(await me()).toBe(200);
    expect((await become(true)).json()).toMatchObject({ state: "disabled" });
    expect(await me()).toBe(401);
    expect((await become(false)).json()).toMatchObject({ state: "active" });
    expect(await me()).toBe(401);
    const again = await post(server, "/api/session", { email: ana.email, password: ana.password });
    expect(again.statusCode).toBe(200);
  });
});

/** A chat with a question and an answer. */
async function chatOf(person: TestUser, text: string): Promise<string> {
  const payload = { chatId: newId(), messageId: newId(), text };
  const { chat, answer } = (await person.inject({ method: "POST", url: "/api/chats", payload })).json<Turn>();
  await person.inject({ method: "GET", url: `/api/runs/${answer.run?.id}/events` });
  return chat.id;
}

const remove = (admin: TestUser, { user }: TestUser, chats: string) =>
  admin.inject({ method: "POST", url: `/api/people/${user.id}/remove`, payload: { chats } });

describe("Leaving", () => {
  test("needs the password, not the open browser alone", async () => {
    await using server = await buildTestApp();
    await server.aUser({ role: "owner" });
    const ana = await server.aUser();
    const leave = (proof: string) =>
      ana.inject({ method: "POST", url: "/api/me/leave", payload: { proof, chats: "keep" } });
    expect(codeOf(await leave("wrong"))).toBe("wrong_proof");
    expect((await ana.inject({ method: "GET", url: "/api/me" })).statusCode).toBe(200);
    expect(codeOf(await leave(ana.password))).toBe("done");
    expect((await ana.inject({ method: "GET", url: "/api/me" })).statusCode).toBe(401);
  });
});

describe("Removing a person", () => {
  test("ends what is being written for them and everything that they have open", async () => {
    await using server = await buildTestApp();
    const owner = await server.aUser({ role: "owner" });
    const ana = await server.aUser();
    const feed = createEventFeed();
    feed.push({ type: "call-start", promptTokens: 1, cachedTokens: 0 });
    feed.push({ type: "text-delta", text: "Once upon a time", tokens: 4 });
    server.model.answer = () => feed;
    const payload = { chatId: newId(), messageId: newId(), text: "Tell a story" };
    const { answer } = (await ana.inject({ method: "POST", url: "/api/chats", payload })).json<Turn>();
    const address = await server.app.listen({ host: "127.0.0.1", port: 0 });
    const stream = await fetch(`${address}/api/runs/${answer.run?.id}/events`, { headers: ana.headers });
    const authorization = `Bearer ${await ana.anApiKey()}`;
    expect((await remove(owner, ana, "delete")).statusCode).toBe(204);
    await stream.text().catch(() => "cut off");
    expect(server.model.requests[0]?.signal.aborted).toBe(true);
    expect(server.features.runs.activeCount()).toBe(0);
    const models = await server.app.inject({ url: "/v1/models", headers: { authorization } });
    expect([models.statusCode, (await ana.inject({ method: "GET", url: "/api/me" })).statusCode]).toEqual([401, 401]);
  });

  test("with kept chats lets nobody read them, and gives them back with the person, without the old keys", async () => {
    await using server = await buildTestApp();
    const owner = await server.aUser({ role: "owner" });
    const ana = await server.aUser();
    const chatId = await chatOf(ana, "A private question");
    const key = await ana.anApiKey();
    await remove(owner, ana, "keep");
    const signIn = () => post(server, "/api/session", { email: ana.email, password: ana.password });
    expect((await signIn()).statusCode).toBe(401);
    expect((await owner.inject({ method: "GET", url: `/api/chats/${chatId}` })).statusCode).toBe(404);
    const { token } = await invite(owner);
    expect(codeOf(await post(server, "/api/invitations/accept", { token, ...newcomer, email: ana.email }))).toBe(
      "email_taken",
    );
    const restored = await owner.inject({ method: "POST", url: `/api/people/${ana.user.id}/restore` });
    expect(restored.json()).toMatchObject({ state: "active", purgeAt: null });
    expect((await ana.inject({ method: "GET", url: "/api/me" })).statusCode).toBe(401);
    const cookie = `shobar_session=${(await signIn()).cookies[0]?.value}`;
    expect((await server.app.inject({ url: `/api/chats/${chatId}`, headers: { cookie } })).statusCode).toBe(200);
    const headers = { authorization: `Bearer ${key}` };
    expect((await server.app.inject({ url: "/v1/models", headers })).statusCode).toBe(401);
  });

  test.each(["an admin's hand", "their own wish"])(
    "for good, by %s, leaves no trace of them in the file",
    async (by) => {
      const folder = mkdtempSync(join(tmpdir(), "shobar-people-"));
      const canary = { name: "Canarianame", email: "canaria", text: "Canariatext", note: "Canarianote" };
      const traces = () => {
        const bytes = readdirSync(folder).map((file) => readFileSync(join(folder, file), "latin1"));
        return Object.values(canary).filter((word) => bytes.some((text) => text.includes(word)));
      };
      {
        await using server = await buildTestApp({ databaseFile: join(folder, "shobar.db") });
        const owner = await server.aUser({ role: "owner" });
        const { token } = await invite(owner, { role: "admin", note: canary.note });
        const person = { name: canary.name, email: "canaria@example.org", password: newcomer.password };
        const accepted = await post(server, "/api/invitations/accept", { token, ...person });
        const headers = { cookie: `shobar_session=${accepted.cookies[0]?.value}`, "x-shobar-request": "1" };
        const canaria: TestUser = {
          ...owner,
          user: accepted.json(),
          inject: (options) => server.app.inject({ ...options, headers }),
        };
        for (let chat = 0; chat < 45; chat += 1)
          await chatOf(canaria, `${canary.text} ${"and more ".repeat(chat * 20)}`);
        await canaria.inject({ method: "POST", url: "/api/api-keys", payload: { name: canary.text } });
        await invite(canaria, { role: "member", note: canary.note });
        await resetLink(owner, canaria);
        expect(traces()).toHaveLength(4);
        const gone =
          by === "their own wish"
            ? await canaria.inject({
                method: "POST",
                url: "/api/me/leave",
                payload: { proof: newcomer.password, chats: "delete" },
              })
            : await remove(owner, canaria, "delete");
        expect(gone.statusCode, gone.body).toBe(204);
        expect((await canaria.inject({ method: "GET", url: "/api/me" })).statusCode).toBe(401);
        expect((await owner.inject({ method: "GET", url: `/api/people/${canaria.user.id}` })).statusCode).toBe(404);
      }
      expect(traces()).toEqual([]);
      rmSync(folder, { recursive: true, force: true });
    },
  );
});
