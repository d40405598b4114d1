// Signing in as a browser and an attacker meet it over HTTP: the second step, passkeys, limits behind a proxy, lost phones.
import type { LightMyRequestResponse } from "fastify";
import { TOTP } from "otpauth";
import { describe, expect, test } from "vitest";
import { buildTestApp, type TestApp, type TestUser } from "../support/build-test-app.ts";
import { createPasskeyDevice } from "../support/passkey-device.ts";

const codeOf = (response: LightMyRequestResponse): unknown => response.json<{ error: { code: string } }>().error.code;

function signIn({ app }: TestApp, payload: object, more: object = {}): Promise<LightMyRequestResponse> {
  return app.inject({ method: "POST", url: "/api/session", payload, ...more });
}

function post(user: Pick<TestUser, "inject">, url: string, payload: object, headers: Record<string, string> = {}) {
  return user.inject({ method: "POST", url, payload, headers });
}

/** Turns two-factor on; `code()` is what the phone shows, each time the next one. */
async function turnOn(user: TestUser): Promise<{ code: () => string; recoveryCodes: string[] }> {
  const begun = await post(user, "/api/me/second-factor", { proof: user.password });
  const { secret } = begun.json<{ secret: string }>();
  let step = -1;
  const code = () => new TOTP({ secret }).generate({ timestamp: Date.now() + 30_000 * step++ });
  const confirmed = await post(user, "/api/me/second-factor/confirm", { code: code() });
  expect(confirmed.statusCode, confirmed.body).toBe(200);
  return { code, ...confirmed.json<{ recoveryCodes: string[] }>() };
}

describe("The second step", () => {
  test("goes with a ticket that no script sees, and gives the session only for the right code", async () => {
    const lines: string[] = [];
    await using server = await buildTestApp({ onLogLine: (line) => void lines.push(line) });
    const ana = await server.aUser();
    const { code, recoveryCodes } = await turnOn(ana);
    const first = await signIn(server, { email: ana.email, password: ana.password });
    expect(first.json()).toEqual({ isSecondStepNeeded: true });
    expect(first.cookies).toHaveLength(1);
    const [ticket] = first.cookies;
    expect(ticket).toMatchObject({
      name: "shobar_second_step",
      path: "/api/session/second-step",
      httpOnly: true,
      sameSite: "Strict",
      maxAge: 300,
    });
    const step = (typed: string, cookies: Record<string, string> = { shobar_second_step: ticket?.value ?? "" }) =>
      server.app.inject({ method: "POST", url: "/api/session/second-step", payload: { code: typed }, cookies });
    const elsewhere = await step(code(), {});
    expect([elsewhere.statusCode, codeOf(elsewhere)]).toEqual([401, "second_step_expired"]);
    const wrong = await step("000000");
    expect([wrong.statusCode, codeOf(wrong), wrong.cookies]).toEqual([403, "wrong_code", []]);
    const right = await step(recoveryCodes[0] ?? "");
    expect(right.json()).toMatchObject({ email: ana.email });
    const session = right.cookies.find(({ name }) => name === "shobar_session");
    const me = await server.app.inject({ url: "/api/me", cookies: { shobar_session: session?.value ?? "" } });
    expect(me.statusCode).toBe(200);
    expect(codeOf(await step(recoveryCodes[1] ?? ""))).toBe("second_step_expired");
    for (const secret of [ana.password, ticket?.value ?? "", ...recoveryCodes]) {
      expect(lines.filter((line) => line.includes(secret))).toEqual([]);
    }
  });

  test("cannot be used as a session, nor the session be had with the ticket", async () => {
    await using server = await buildTestApp();
    const ana = await server.aUser();
    await turnOn(ana);
    const first = await signIn(server, { email: ana.email, password: ana.password });
    const ticket = first.cookies[0]?.value ?? "";
    const me = await server.app.inject({
      url: "/api/me",
      cookies: { shobar_session: ticket, shobar_second_step: ticket },
    });
    expect(me.statusCode).toBe(401);
  });
});

describe("Somebody whose phone is lost", () => {
  test("is helped by an admin, who cannot help an owner, another admin or themself, and not by a member", async () => {
    await using server = await buildTestApp();
    const [owner, admin] = [await server.aUser({ role: "owner" }), await server.aUser({ role: "admin" })];
    const [ana, other] = [await server.aUser(), await server.aUser({ role: "admin" })];
    await turnOn(ana);
    const help = async (by: TestUser, whom: TestUser) => {
      const response = await by.inject({ method: "DELETE", url: `/api/people/${whom.user.id}/second-factors` });
      return response.statusCode === 204 ? "done" : codeOf(response);
    };
    expect([await help(other, owner), await help(other, admin), await help(ana, ana)]).toEqual(
      Array(3).fill("not_allowed"),
    );
    expect(await help(owner, owner)).toBe("own_account");
    expect(await signIn(server, { email: ana.email, password: ana.password }).then((answer) => answer.json())).toEqual({
      isSecondStepNeeded: true,
    });
    const shown = async (): Promise<unknown> =>
      (await admin.inject({ url: `/api/people/${ana.user.id}` })).json<{ hasTwoFactor: boolean }>().hasTwoFactor;
    expect(await shown()).toBe(true);
    expect(await help(admin, ana)).toBe("done");
    expect(await shown()).toBe(false);
    expect((await ana.inject({ url: "/api/me" })).statusCode).toBe(401);
    const again = await signIn(server, { email: ana.email, password: ana.password });
    expect(again.json()).toMatchObject({ email: ana.email });
    expect(await help(owner, admin)).toBe("done");
  });
});

describe("A passkey over HTTP", () => {
  const page = { host: "localhost", origin: "http://localhost" };
  const headers = { host: page.host, origin: page.origin };

  test("is made with the password and signs in alone", async () => {
    await using server = await buildTestApp();
    const ana = await server.aUser();
    const device = createPasskeyDevice(page);
    const unproven = await post(ana, "/api/me/passkeys/options", { proof: "wrong horse" }, headers);
    expect([unproven.statusCode, codeOf(unproven)]).toEqual([403, "wrong_proof"]);
    const begun = await post(ana, "/api/me/passkeys/options", { proof: ana.password }, headers);
    const { options } = begun.json<{ options: Record<string, unknown> }>();
    expect(options).toMatchObject({
      rp: { id: "localhost" },
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
    });
    const added = await post(ana, "/api/me/passkeys", { name: "Laptop", credential: device.make(options) }, headers);
    expect(added.json()).toMatchObject({ name: "Laptop", host: "localhost", lastUsedAt: null });
    const enter = async () => {
      const asked = await server.app.inject({ method: "POST", url: "/api/session/passkey/options", headers });
      const { options: challenge } = asked.json<{ options: Record<string, unknown> }>();
      expect(challenge).not.toHaveProperty("allowCredentials.0");
      const payload = { credential: device.answer(challenge, ana.user.id) };
      return server.app.inject({ method: "POST", url: "/api/session/passkey", payload, headers });
    };
    const entered = await enter();
    expect(entered.json()).toMatchObject({ email: ana.email });
    expect(entered.cookies[0]).toMatchObject({ name: "shobar_session", httpOnly: true });
    await ana.inject({ method: "DELETE", url: `/api/me/passkeys/${added.json<{ id: string }>().id}` });
    expect(codeOf(await enter())).toBe("passkey_refused");
  });

  test.each([
    [{ host: "192.168.1.7", origin: "http://192.168.1.7" }, "passkeys_unavailable"],
    [{ host: "[::1]:3210", origin: "https://[::1]:3210" }, "passkeys_unavailable"],
    [{ host: "chat.example.org", origin: "http://chat.example.org" }, "passkeys_unavailable"],
    [{ host: "chat.example.org", origin: "https://evil.example" }, "foreign_origin"],
    [{ host: "evil.example", origin: "https://evil.example" }, "foreign_origin"],
  ])("is not offered to a page at %j", async (where, code) => {
    await using server = await buildTestApp({ allowedHosts: ["chat.example.org"] });
    const asked = await server.app.inject({ method: "POST", url: "/api/session/passkey/options", headers: where });
    expect(codeOf(asked)).toBe(code);
  });
});

describe("An attacker", () => {
  test("gets the same answer, but for its request id, for a wrong password, an unknown account and one with two-factor", async () => {
    await using server = await buildTestApp();
    const [ana, ben] = [await server.aUser(), await server.aUser()];
    await turnOn(ben);
    const told = async (email: string) => {
      const { statusCode, body, headers, cookies } = await signIn(server, { email, password: "wrong horse battery" });
      const { "x-request-id": id, date: _date, ...others } = headers;
      return JSON.stringify([statusCode, body.replaceAll(String(id), "ID"), others, cookies]);
    };
    const unknown = await told("nobody@example.org");
    expect(unknown).toContain("invalid_credentials");
    expect([await told(ana.email), await told(ben.email)]).toEqual([unknown, unknown]);
  });

  test("behind a trusted proxy gains nothing by changing the address inside an IPv6 /64, nor harms the next /64", async () => {
    await using server = await buildTestApp({ trustedProxies: ["127.0.0.1"] });
    const ana = await server.aUser();
    const guess = (network: string, host: number) =>
      signIn(
        server,
        { email: `person-${host}@example.org`, password: "wrong" },
        { headers: { "x-forwarded-for": `${network}::${host.toString(16)}` } },
      );
    const statuses: number[] = [];
    for (let host = 1; host <= 31; host++) statuses.push((await guess("2001:db8:0:1", host)).statusCode);
    expect(statuses).toEqual([...Array<number>(30).fill(401), 429]);
    const recovery = await server.app.inject({
      method: "POST",
      url: "/api/session/passkey",
      payload: { credential: { id: "x" } },
      headers: { "x-forwarded-for": "2001:db8:0:1::ffff", host: "localhost" },
    });
    expect(codeOf(recovery)).toBe("too_many_attempts");
    const { email, password } = ana;
    const neighbour = await signIn(server, { email, password }, { headers: { "x-forwarded-for": "2001:db8:0:2::1" } });
    expect(neighbour.statusCode).toBe(200);
  });
});
