// The organisation's name over HTTP: an admin gives it, and whoever stands before the sign-in page sees it.
import { expect, test } from "vitest";
import { buildTestApp } from "../support/build-test-app.ts";

const name = "Rahman Textiles";
const here = { host: "localhost", origin: "http://localhost" };

test("an admin names the organisation, and everybody sees it before and after signing in", async () => {
  await using server = await buildTestApp();
  const [admin, member] = [await server.aUser({ role: "admin" }), await server.aUser()];
  const before = (await server.app.inject({ url: "/api/server" })).json<Record<string, unknown>>();
  expect(before["organisation"]).toBe("");
  const rename = (by: typeof admin, payload: object) =>
    by.inject({ method: "PATCH", url: "/api/organisation", payload });
  expect((await rename(member, { name })).statusCode).toBe(403);
  expect((await rename(admin, { name: "a\nb" })).statusCode).toBe(400);
  expect((await rename(admin, { name: ` ${name} ` })).json()).toEqual({ name });
  const after = (await server.app.inject({ url: "/api/server" })).json<Record<string, unknown>>();
  // Nothing else is told to whoever has not signed in.
  expect(after).toEqual({ ownerExists: before["ownerExists"], version: before["version"], organisation: name });

  const invited = await admin.inject({ method: "POST", url: "/api/invitations", payload: { role: "member" } });
  const token = new URL(invited.json<{ url: string }>().url).hash.replace("#token=", "");
  const look = await server.app.inject({ method: "POST", url: "/api/invitations/look", payload: { token } });
  expect(look.json()).toMatchObject({ organisation: name });
});

test("phones and devices list the account under the organisation's name, and under Shobar while it has none", async () => {
  await using server = await buildTestApp();
  const owner = await server.aUser({ role: "owner" });
  const shown = async () => {
    const payload = { proof: owner.password };
    const codes = await owner.inject({ method: "POST", url: "/api/me/second-factor", payload });
    const issuer = new URL(codes.json<{ address: string }>().address).searchParams.get("issuer");
    const url = "/api/me/passkeys/options";
    const passkey = await owner.inject({ method: "POST", url, payload, headers: here });
    return [issuer, passkey.json<{ options: { rp: { name: string } } }>().options.rp.name];
  };
  expect(await shown()).toEqual(["Shobar", "Shobar"]);
  await owner.inject({ method: "PATCH", url: "/api/organisation", payload: { name } });
  expect(await shown()).toEqual([name, name]);
});
