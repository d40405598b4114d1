import { describe, expect, test } from "vitest";
import { countCommands } from "../../../../tests/support/count-commands.ts";
import { describeEachDialect, type OpenDatabase } from "../../../../tests/support/each-dialect.ts";
import { readCommand } from "../../../platform/database/command.ts";
import { createOpenCalls } from "../../../platform/http/open-calls.ts";
import { newSecretToken } from "../../../platform/secret-token.ts";
import { setDisabled } from "../../../../tests/support/set-disabled.ts";
import { createPasswords } from "../../users/server/password.ts";
import { createUser, ensureOrganisation } from "../../users/server/users.ts";
import { touchApiKey } from "./api-key-store.ts";
import { createApiKey, createApiKeyAuthentication, listApiKeys, revokeApiKey } from "./api-keys.ts";

const minuteMs = 60_000;

const storedKeys = readCommand("test.apiKeys", (db, _args: Record<string, never>) =>
  db.selectFrom("api_keys").selectAll().orderBy("id").execute(),
);

async function twoPeople(open: OpenDatabase) {
  const { db, calls } = countCommands(await open());
  const time = { now: 1_700_000_000_000 };
  const passwords = createPasswords({ memoryKib: 8, passes: 1 });
  const dependencies = { db, clock: () => time.now, passwords, openCalls: createOpenCalls() };
  const organisationId = await ensureOrganisation(dependencies);
  const add = async (name: string) => {
    const person = { organisationId, name, email: `${name}@example.org`, role: "member" as const };
    const { user } = await createUser(dependencies, person);
    return { organisationId, userId: user.id };
  };
  const { authenticate } = createApiKeyAuthentication(dependencies);
  const touches = () => calls.filter((name) => name === touchApiKey.name).length;
  return { ...dependencies, dependencies, time, ana: await add("ana"), ben: await add("ben"), authenticate, touches };
}

describeEachDialect("An API key", (open) => {
  test("acts for the person who made it", async () => {
    const { dependencies, ana, authenticate } = await twoPeople(open);
    const { key, secret } = await createApiKey(dependencies, ana, "laptop");
    expect(secret).toMatch(/^sk-shobar-[A-Za-z0-9_-]{43}$/);
    expect(await authenticate(secret)).toEqual({ ...ana, role: "member", via: "api-key", credentialId: key.id });
  });

  test("shows its first characters and is stored as a hash, never as the secret", async () => {
    const { db, dependencies, ana } = await twoPeople(open);
    const { key, secret } = await createApiKey(dependencies, ana, " laptop ");
    expect(key).toMatchObject({ name: "laptop", prefix: secret.slice(0, 14), lastUsedAt: null });
    const rows = await db.run(storedKeys, {});
    expect(rows[0]?.secret_hash).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(rows)).not.toContain(secret.slice(14));
  });

  test("stops working with the next request when it is revoked, and cannot be revoked twice", async () => {
    const { db, dependencies, ana, authenticate } = await twoPeople(open);
    const { key, secret } = await createApiKey(dependencies, ana, "laptop");
    const other = await createApiKey(dependencies, ana, "server");
    await revokeApiKey(dependencies, ana, key.id);
    expect(await authenticate(secret)).toBeNull();
    expect(await authenticate(other.secret)).not.toBeNull();
    expect((await listApiKeys(db, ana)).items.map(({ name }) => name)).toEqual(["server"]);
    await expect(revokeApiKey(dependencies, ana, key.id)).rejects.toMatchObject({ code: "api_key_not_found" });
  });

  test("stops working with the next request when its person is disabled", async () => {
    const { dependencies, ana, authenticate } = await twoPeople(open);
    const { secret } = await createApiKey(dependencies, ana, "laptop");
    await setDisabled(dependencies.db, ana, true);
    expect(await authenticate(secret)).toBeNull();
  });

  test("of somebody else is neither listed nor revoked", async () => {
    const { db, dependencies, ana, ben, authenticate } = await twoPeople(open);
    const { key, secret } = await createApiKey(dependencies, ana, "laptop");
    expect((await listApiKeys(db, ben)).items).toEqual([]);
    const strangers = [ben, { ...ana, organisationId: "another" }];
    for (const stranger of strangers) {
      await expect(revokeApiKey(dependencies, stranger, key.id)).rejects.toMatchObject({ code: "api_key_not_found" });
    }
    expect(await authenticate(secret)).not.toBeNull();
  });

  test("writes its last use once a minute, however many requests come", async () => {
    const { db, dependencies, ana, authenticate, time, touches } = await twoPeople(open);
    const { secret } = await createApiKey(dependencies, ana, "laptop");
    const hundredRequests = () => Promise.all(Array.from({ length: 100 }, () => authenticate(secret)));
    await hundredRequests();
    await hundredRequests();
    expect(touches()).toBe(1);
    expect((await listApiKeys(db, ana)).items[0]?.lastUsedAt).toBe(time.now);
    time.now += minuteMs;
    await hundredRequests();
    expect(touches()).toBe(2);
  });

  test("is not found by anything else than its secret", async () => {
    const { db, dependencies, ana, authenticate } = await twoPeople(open);
    const { key, secret } = await createApiKey(dependencies, ana, "laptop");
    const [row] = await db.run(storedKeys, {});
    const guesses = ["", key.id, key.prefix, row?.secret_hash ?? "", secret.slice(10), `sk-shobar-${newSecretToken()}`];
    for (const guess of guesses) {
      expect(await authenticate(guess)).toBeNull();
    }
  });

  test("without a name is refused", async () => {
    const { dependencies, ana } = await twoPeople(open);
    await expect(createApiKey(dependencies, ana, "  ")).rejects.toMatchObject({ code: "invalid_request" });
  });

  test("comes in pages, the newest first and each once", async () => {
    const { db, dependencies, ana } = await twoPeople(open);
    for (const name of ["one", "two", "three", "four", "five"]) {
      await createApiKey(dependencies, ana, name);
    }
    const first = await listApiKeys(db, ana, { limit: 3 });
    expect(first.items.map(({ name }) => name)).toEqual(["five", "four", "three"]);
    const second = await listApiKeys(db, ana, { limit: 3, cursor: first.nextCursor ?? "" });
    expect(second).toMatchObject({ items: [{ name: "two" }, { name: "one" }], nextCursor: null });
  });
});

describe("A database that cannot write", () => {
  test("does not lock API keys out", async () => {
    const full = new Error("the disk is full");
    const failures: unknown[] = [];
    const found = { key_id: "k", last_used_at: null, organisation_id: "o", owner_id: "u", role: "member" };
    const db = {
      run: (command: { name: string }) =>
        command.name === touchApiKey.name ? Promise.reject(full) : Promise.resolve(found as never),
      close: () => Promise.resolve(),
    };
    const onTouchFailure = (error: unknown) => failures.push(error);
    const { authenticate } = createApiKeyAuthentication({ db, clock: () => minuteMs, onTouchFailure });
    expect(await authenticate(`sk-shobar-${newSecretToken()}`)).toMatchObject({ userId: "u" });
    await expect.poll(() => failures).toEqual([full]);
  });
});
