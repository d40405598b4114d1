import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { describeEachDialect } from "../../../../tests/support/each-dialect.ts";
import { chunk, type FakeProvider, openStream, startFakeProvider } from "../../../../tests/support/fake-provider.ts";
import type { ModelEvent } from "../../../inference/model-call.ts";
import { readBaseUrl } from "../../../inference/providers/probe-provider.ts";
import type { Database } from "../../../platform/database/command.ts";
import { createEgress } from "../../../platform/egress/egress.ts";
import { newId } from "../../../platform/new-id.ts";
import { createSecrets } from "../../../platform/secrets/secrets.ts";
import { ensureOrganisation } from "../../users/server/users.ts";
import { readProviders } from "./provider-store.ts";
import type { NewProvider } from "./add-provider.ts";
import { createProviders, type Providers } from "./providers.ts";

const key = "sk-live-0123456789abcdef";
const signal = new AbortController().signal;

describeEachDialect("Providers", (open) => {
  let db: Database;
  let organisationId: string;
  let outside: FakeProvider;
  let providers: Providers;

  beforeEach(async () => {
    db = await open();
    organisationId = await ensureOrganisation({ db, clock: () => 1 });
    outside = await startFakeProvider();
    outside.key = key;
    providers = providersWith(randomBytes(32));
  });
  afterEach(() => outside[Symbol.asyncDispose]());

  function providersWith(secretsKey: Buffer): Providers {
    const logger = { info: () => {} };
    const egress = createEgress({ logger });
    return createProviders({ db, secrets: createSecrets(secretsKey), egress, clock: () => 1, logger, organisationId });
  }

  const wishes = (changes: Partial<NewProvider> = {}): NewProvider => ({
    preset: "other",
    name: "Office GPU",
    baseUrl: outside.baseUrl,
    key,
    models: ["big"],
    ownerId: null,
    ...changes,
  });
  const add = (changes?: Partial<NewProvider>) => providers.add(wishes(changes), signal);

  async function ask(model: string, under: Providers = providers): Promise<ModelEvent[]> {
    const request = { model, messages: [{ role: "user" as const, content: "Hi" }], lane: "api" as const, signal };
    return Array.fromAsync(under.models.call({ ...request, userId: "ana", cacheScope: "ana" }));
  }

  describe("adding one", () => {
    test("tries it first, then keeps the key sealed and shows no more than its end", async () => {
      const added = await add();
      expect(added).toMatchObject({ slug: "office-gpu", keyHint: "cdef", isDisabled: false });
      expect(added.models).toEqual([{ id: "big", name: "big", contextTokens: null }]);
      expect(outside.requests.map(({ path }) => path)).toEqual(["/v1/models"]);
      const stored = JSON.stringify([await db.run(readProviders, { organisationId }), await providers.list()]);
      expect(stored).not.toContain(key);
      expect(stored).not.toContain("0123456789");
    });

    test("makes its models answer under its name, with the key, and only the chosen ones", async () => {
      await add();
      const [model] = await providers.models.listModels();
      expect(model).toMatchObject({
        id: "office-gpu/big",
        origin: { kind: "provider", name: "Office GPU" },
        memory: null,
      });
      expect((await ask("office-gpu/big")).at(-1)).toMatchObject({ type: "call-end", usage: { promptTokens: 12 } });
      expect(outside.requests.at(-1)?.headers.authorization).toBe(`Bearer ${key}`);
      for (const unknown of ["office-gpu/small", "office-gpu", "big", "other/big", "/big"]) {
        await expect(ask(unknown)).rejects.toMatchObject({ code: "model_not_found" });
      }
    });

    test("is refused with the reason, and nothing is stored: a wrong key, no such API, nobody there, a model that is not", async () => {
      await expect(add({ key: "sk-wrong-123456" })).rejects.toThrow(/refused the key: Incorrect API key provided: …/);
      await expect(add({ baseUrl: outside.baseUrl.replace("/v1", "/web/v1") })).rejects.toMatchObject({
        code: "provider_not_compatible",
      });
      await expect(add({ baseUrl: "http://127.0.0.1:1/v1" })).rejects.toMatchObject({ code: "service_unreachable" });
      await expect(add({ baseUrl: outside.baseUrl.replace("http:", "https:") })).rejects.toThrow("does not speak TLS");
      await expect(add({ baseUrl: "http://169.254.169.254/v1" })).rejects.toMatchObject({
        code: "address_not_allowed",
      });
      await expect(add({ models: ["big", "huge"] })).rejects.toMatchObject({ code: "provider_model_missing" });
      await expect(add({ preset: "nobody" })).rejects.toMatchObject({ code: "invalid_request" });
      await expect(add({ preset: "openai", key: undefined })).rejects.toMatchObject({ code: "invalid_request" });
      expect(await providers.list()).toEqual([]);
    });

    test("finds the API where somebody left out /v1 or pasted a longer address", async () => {
      expect((await add({ baseUrl: outside.baseUrl.replace("/v1", "") })).baseUrl).toBe(outside.baseUrl);
      const pasted = `${outside.baseUrl.replace("http://", "")}/chat/completions/`;
      expect((await add({ baseUrl: pasted })).baseUrl).toBe(outside.baseUrl);
    });

    test("puts one question to a service that has no list, and names are taken as they were typed", async () => {
      outside.models = null;
      const added = await add({ models: ["my/model:7b", "other"] });
      expect(added.models.map(({ id }) => id)).toEqual(["my/model:7b", "other"]);
      expect(outside.requests.at(-1)).toMatchObject({ path: "/v1/chat/completions", body: { model: "my/model:7b" } });
      expect((await ask("office-gpu/my/model:7b")).at(-1)?.type).toBe("call-end");
      await expect(add({ key: "sk-wrong-123456" })).rejects.toMatchObject({ code: "provider_key_refused" });
    });

    test("twice with the same id is once; with another id the second gets a slug of its own", async () => {
      const id = newId();
      const [first, second] = [await add({ id }), await add({ id })];
      expect(second).toEqual(first);
      await Promise.all([add({ id: newId() }), add({ id: newId() })]);
      expect((await providers.list()).map(({ slug }) => slug).toSorted()).toEqual([
        "office-gpu",
        "office-gpu-2",
        "office-gpu-3",
      ]);
    });

    test("under a name without Latin letters works, and without a key where none is wanted", async () => {
      outside.key = null;
      const added = await add({ name: "অফিসের সার্ভার", key: undefined });
      expect(added).toMatchObject({ slug: "provider", keyHint: null, name: "অফিসের সার্ভার" });
      await ask("provider/big");
      expect(outside.requests.at(-1)?.headers.authorization).toBeUndefined();
    });

    test("takes names and sizes from the list, and leaves out what cannot chat or is no model at all", async () => {
      outside.models = [
        { id: "big", name: "The Big One", context_length: 131_072 },
        { id: "vllm", max_model_len: 8192 },
        { id: "odd", context_length: "many", name: "x\ny" },
        { id: "text-embedding-3" },
        { id: "whisper-1" },
        { id: "" },
        { id: "with space" },
        { id: "x".repeat(151) },
        { id: 7 },
        "words",
        { id: "big", name: "Again" },
      ];
      expect((await providers.test(wishes(), signal)).models).toEqual([
        { id: "big", name: "Again", contextTokens: null },
        { id: "odd", name: "x y", contextTokens: null },
        { id: "vllm", name: "vllm", contextTokens: 8192 },
      ]);
    });
  });

  describe("changing one", () => {
    test("to a new key tries that first; a wrong one leaves the old one working", async () => {
      const { id } = await add();
      await expect(providers.change(id, { key: "sk-wrong-123456" }, signal)).rejects.toMatchObject({
        code: "provider_key_refused",
      });
      expect((await ask("office-gpu/big")).at(-1)?.type).toBe("call-end");
      outside.key = "sk-next-9999999999zzzz";
      expect(await providers.change(id, { key: outside.key }, signal)).toMatchObject({ keyHint: "zzzz" });
      expect((await ask("office-gpu/big")).at(-1)?.type).toBe("call-end");
    });

    test("of its models or its name keeps its slug, so that chats go on", async () => {
      const { id } = await add();
      const changed = await providers.change(id, { name: "GPU upstairs", models: ["small"] }, signal);
      expect(changed).toMatchObject({ name: "GPU upstairs", slug: "office-gpu", models: [{ id: "small" }] });
      await expect(ask("office-gpu/big")).rejects.toMatchObject({ code: "model_not_found" });
      await expect(providers.change(newId(), { name: "x" }, signal)).rejects.toMatchObject({
        code: "provider_not_found",
      });
    });

    test("also helps where the stored key cannot be read any more", async () => {
      const { id } = await add();
      const restarted = providersWith(randomBytes(32));
      await expect(ask("office-gpu/big", restarted)).rejects.toMatchObject({ code: "secret_unreadable" });
      expect((await restarted.test({ ...wishes(), providerId: id }, signal)).models).toHaveLength(2);
      await restarted.change(id, { key }, signal);
      expect((await ask("office-gpu/big", restarted)).at(-1)?.type).toBe("call-end");
    });

    test("never sends the stored key to another address", async () => {
      const { id } = await add();
      await using elsewhere = await startFakeProvider();
      await providers.test({ ...wishes({ key: undefined }), providerId: id, baseUrl: elsewhere.baseUrl }, signal);
      expect(elsewhere.requests).toEqual([]);
      expect(outside.requests.at(-1)?.headers.authorization).toBe(`Bearer ${key}`);
    });
  });

  describe("turning one off", () => {
    async function anAnswerInTheMiddle() {
      outside.answer = (response) => void openStream(response).write(chunk({ content: "half" }));
      const request = { model: "office-gpu/big", messages: [], lane: "api" as const, signal };
      const events = providers.models.call({ ...request, userId: "ana", cacheScope: "ana" })[Symbol.asyncIterator]();
      await events.next();
      await events.next();
      return events.next();
    }

    test("takes its models away and ends what it is answering, with a sentence, upstream too", async () => {
      const { id } = await add();
      const next = anAnswerInTheMiddle();
      const refused = expect(next).rejects.toMatchObject({
        code: "provider_ended",
        details: { provider: "Office GPU" },
      });
      await waitForAnswer(outside);
      await providers.change(id, { isDisabled: true }, signal);
      await refused;
      expect(await outside.closed()).toBeGreaterThan(0);
      expect(await providers.models.listModels()).toEqual([]);
      await expect(ask("office-gpu/big")).rejects.toMatchObject({ code: "model_not_found" });
      await providers.change(id, { isDisabled: false }, signal);
      expect(await providers.models.listModels()).toHaveLength(1);
    });

    test("for good removes its key too, and its slug is free again", async () => {
      const { id } = await add();
      const refused = expect(anAnswerInTheMiddle()).rejects.toMatchObject({ code: "provider_ended" });
      await waitForAnswer(outside);
      await providers.remove(id);
      await refused;
      expect(await db.run(readProviders, { organisationId })).toEqual([]);
      await expect(providers.remove(id)).rejects.toMatchObject({ code: "provider_not_found" });
      expect((await add()).slug).toBe("office-gpu");
    });

    test("is undone for some minutes, with its key and its name, however often that is asked for", async () => {
      const before = await add();
      const [row] = await db.run(readProviders, { organisationId });
      await expect(providers.restore(before.id)).rejects.toMatchObject({ code: "provider_not_found" });
      await providers.remove(before.id);
      expect(await db.run(readProviders, { organisationId })).toEqual([]);
      expect(await providers.restore(before.id)).toEqual(before);
      expect(await providers.restore(before.id)).toEqual(before);
      expect(await db.run(readProviders, { organisationId })).toEqual([row]);
    });
  });
});

/** Until the call is with the provider. */
async function waitForAnswer({ requests }: FakeProvider): Promise<void> {
  while (requests.at(-1)?.path !== "/v1/chat/completions") await new Promise((resolve) => setImmediate(resolve));
  // Once more around, so that the first piece has been read.
  await new Promise((resolve) => setImmediate(resolve));
}

test.each([
  ["api.deepseek.com", "https://api.deepseek.com"],
  [" https://api.deepseek.com/v1/ ", "https://api.deepseek.com/v1"],
  ["https://x.example/v1/chat/completions?key=a#b", "https://x.example/v1"],
  ["https://x.example/v1/models/", "https://x.example/v1"],
  ["localhost:11434", "http://localhost:11434"],
  ["192.168.1.7:8000/v1", "http://192.168.1.7:8000/v1"],
  ["[::1]:8000", "http://[::1]:8000"],
  ["HTTP://GPU.local", "http://gpu.local"],
  ["0x7f.1/v1", "https://127.0.0.1/v1"],
])("%s is read as %s", (pasted, address) => {
  expect(readBaseUrl(pasted)).toBe(address);
});

test.each(["", "https://", "not an address", "http://[::1"])("%j is no address", (pasted) => {
  expect(() => readBaseUrl(pasted)).toThrow("it is no web address");
});
