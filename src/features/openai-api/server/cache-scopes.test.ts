import { expect, test } from "vitest";
import { createFakeModel } from "../../../../tests/support/fake-model.ts";
import type { Principal } from "../../../platform/http/principal.ts";
import { ChatCompletionRequest } from "../contract.ts";
import { prepareCompletion } from "./chat-completions.ts";

const ana: Principal = { userId: "ana", organisationId: "o", role: "member", credentialId: "key-1", via: "api-key" };

async function scopesOf(fields: object = {}, principal: Principal = ana) {
  const caller = createFakeModel();
  const model = (await caller.listModels())[0]!.id;
  const body = ChatCompletionRequest.parse({ model, messages: [{ role: "user", content: "Hi" }], ...fields });
  const signal = new AbortController().signal;
  const { call } = await prepareCompletion({ caller, clock: () => 1 }, body, principal, signal);
  return [call.cacheScope, call.sharedSystemScope];
}

test("end users of a key share what the program tells the model, and nothing that they say", async () => {
  const [own, system] = await scopesOf();
  const [first, ...others] = await Promise.all([
    scopesOf({ user: "u1" }),
    scopesOf({ user: "u2" }),
    scopesOf({ safety_identifier: "u3" }),
  ]);
  const scopes = [first, ...others].map(([scope]) => scope);
  expect(new Set([own, system, ...scopes]).size).toBe(5);
  for (const [, shared] of [first, ...others]) expect(shared).toBe(system);
  expect(await scopesOf({ user: "u1" })).toEqual(first);
});

test("nothing is shared between members, between keys, or between cache keys", async () => {
  const all = await Promise.all([
    scopesOf(),
    scopesOf({}, { ...ana, userId: "ben" }),
    scopesOf({}, { ...ana, credentialId: "key-2" }),
    scopesOf({ prompt_cache_key: "a" }),
    scopesOf({ prompt_cache_key: "b" }),
    scopesOf({ prompt_cache_key: "a", user: "u1" }),
  ]);
  expect(new Set(all.map(([scope]) => scope)).size).toBe(6);
  expect(new Set(all.map(([, system]) => system)).size).toBe(5);
});
