// Secrets of every kind, each one told apart, sent through a running server the way people, programs and mistakes do.
import { TOTP } from "otpauth";
import { type ApiClient, ask, demand } from "./api-client.ts";
import { startFakeProvider } from "./fake-provider.ts";

export interface PlantedSecrets {
  /** By what each is. */
  readonly secrets: Map<string, string>;
  /** Every answer that has no reason to hold a secret. */
  readonly answers: string[];
}

const makeSecret = (): string => `canary${crypto.randomUUID().replaceAll("-", "")}`;

export async function plantSecrets(client: ApiClient, password: string): Promise<PlantedSecrets> {
  const secrets = new Map([
    ["the owner's password", password],
    ["a session's token", client.headers["cookie"]!.split("=")[1]!],
  ]);
  const answers: string[] = [];
  const plant = (what: string, secret = makeSecret()): string => {
    secrets.set(what, secret);
    return secret;
  };
  const watched = {
    client,
    elsewhere: { url: client.url, headers: { "content-type": "application/json" } },
    plant,
    answers,
  };
  await plantKeys(watched);
  await plantPeople(watched);
  await plantSecondFactor(watched, password);
  await plantProvider(watched);
  await plantInMistakes(watched);
  return { secrets, answers };
}

interface Watched {
  readonly client: ApiClient;
  /** Somebody who is not signed in. */
  readonly elsewhere: ApiClient;
  readonly plant: (what: string, secret?: string) => string;
  readonly answers: string[];
}

async function watch(
  { answers }: Watched,
  from: ApiClient,
  method: string,
  path: string,
  body?: unknown,
): Promise<void> {
  answers.push(JSON.stringify(await ask(from, method, path, body)));
}

async function plantKeys(watched: Watched): Promise<void> {
  const { client, plant, elsewhere } = watched;
  const { secret } = await demand<{ secret: string }>(client, "POST", "/api/api-keys", { name: "a key" });
  plant("an API key", secret);
  await watch(watched, client, "GET", "/api/api-keys");
  for (const key of [secret, plant("a wrong API key", `sk-shobar-${makeSecret()}`)]) {
    const doors: Record<string, string>[] = [{ authorization: `Bearer ${key}` }, { "x-api-key": key }];
    for (const headers of doors) {
      const program = { url: client.url, headers: { ...elsewhere.headers, ...headers } };
      await watch(watched, program, "GET", "/v1/models");
      await watch(watched, program, "POST", "/v1/chat/completions", { model: "none", messages: "none" });
    }
  }
}

async function plantPeople(watched: Watched): Promise<void> {
  const { client, elsewhere, plant } = watched;
  const invitation = await demand<{ url: string }>(client, "POST", "/api/invitations", { role: "member" });
  const token = plant("an invitation", invitation.url.split("token=")[1]);
  const password = plant("a member's password");
  const account = { token, name: "Ben", email: "ben@example.org", password };
  await watch(watched, elsewhere, "POST", "/api/invitations/look", { token });
  await watch(watched, elsewhere, "POST", "/api/invitations/accept", { ...account, email: "no email" });
  await watch(watched, elsewhere, "POST", "/api/invitations/accept", account);
  await watch(watched, elsewhere, "POST", "/api/invitations/accept", account);
  await watch(watched, client, "GET", "/api/invitations");
  const people = await demand<{ items: { id: string; email: string }[] }>(client, "GET", "/api/people");
  const { id } = people.items.find(({ email }) => email === "ben@example.org")!;
  const link = await demand<{ url: string }>(client, "POST", `/api/people/${id}/reset-link`);
  const reset = plant("a reset link", link.url.split("token=")[1]);
  await watch(watched, elsewhere, "POST", "/api/reset-links/look", { token: reset });
  await watch(watched, elsewhere, "POST", "/api/reset-links/apply", {
    token: reset,
    password: plant("a new password"),
  });
  await watch(watched, elsewhere, "POST", "/api/session", {
    email: "ben@example.org",
    password: plant("a wrong password"),
  });
}

async function plantSecondFactor(watched: Watched, password: string): Promise<void> {
  const { client, plant } = watched;
  const { secret } = await demand<{ secret: string }>(client, "POST", "/api/me/second-factor", { proof: password });
  plant("a second factor's secret", secret);
  const code = new TOTP({ secret }).generate();
  const { recoveryCodes } = await demand<{ recoveryCodes: string[] }>(client, "POST", "/api/me/second-factor/confirm", {
    code,
  });
  recoveryCodes.forEach((each, index) => plant(`recovery code ${index}`, each));
  await watch(watched, client, "POST", "/api/me/second-factor/recovery-codes", { proof: plant("a wrong proof") });
  await watch(watched, client, "GET", "/api/me/second-factor");
}

/** The service repeats a wrong key in its refusal, as some do. */
async function plantProvider(watched: Watched): Promise<void> {
  const { client, plant } = watched;
  await using provider = await startFakeProvider();
  provider.key = plant("a provider's key");
  const wrong = plant("a provider's wrong key");
  const service = { preset: "other", name: "Outside", baseUrl: provider.baseUrl };
  await watch(watched, client, "POST", "/api/providers/test", { ...service, key: wrong });
  await watch(watched, client, "POST", "/api/providers", { ...service, key: wrong, models: ["big"] });
  await watch(watched, client, "POST", "/api/providers", { ...service, key: provider.key, models: ["big"] });
  await watch(watched, client, "GET", "/api/providers");
  const { secret } = await demand<{ secret: string }>(client, "POST", "/api/api-keys", { name: "for the service" });
  const program = { url: client.url, headers: { ...client.headers, cookie: "", authorization: `Bearer ${secret}` } };
  const question = { model: "outside/big", messages: [{ role: "user", content: "Hello?" }] };
  await watch(watched, program, "POST", "/v1/chat/completions", question);
  // As if the service had withdrawn it.
  provider.key = "another";
  await watch(watched, program, "POST", "/v1/chat/completions", question);
  await watch(watched, client, "PATCH", "/api/backups", { passphrase: plant("a backup's passphrase") });
}

/** Where no secret belongs. */
async function plantInMistakes(watched: Watched): Promise<void> {
  const { client, elsewhere, plant, answers } = watched;
  const mistaken = plant("a secret in a wrong place");
  for (const from of [client, elsewhere]) {
    for (const path of ["/api/session", "/api/setup", "/api/me/password", "/api/providers", "/api/reset-links/apply"]) {
      await watch(watched, from, "POST", path, { password: [mistaken], token: [mistaken], key: { mistaken } });
      await watch(watched, from, "POST", `${path}?password=${mistaken}`, { [mistaken]: mistaken });
      const half = await fetch(`${from.url}${path}`, {
        method: "POST",
        headers: from.headers,
        body: `{"a":"${mistaken}`,
      });
      answers.push(await half.text());
    }
    await watch(watched, from, "GET", `/api/nothing?token=${mistaken}`);
    await watch(watched, from, "GET", `/api/me?token=${mistaken}`);
  }
}
