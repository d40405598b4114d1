// What an owner changes now and then: the own profile and password, the organisation, its default model, its backups, and
// the services outside. Each is noted as acknowledged before the next thing is done.
import type { Model } from "../../src/features/models/contract.ts";
import { newId } from "../../src/platform/new-id.ts";
import { type ApiClient, ask, readAll } from "./api-client.ts";
import { judge, pick, take, type Worker } from "./kill-worker.ts";

export type Work = (worker: Worker, client: ApiClient) => Promise<void>;

/** Stays from the beginning to the end, so that its models can be the default. */
export const lastingProvider = "Stand-in";

const changeProfile: Work = async (worker, client) => {
  const theme = pick(["light", "dark", "system"], worker.random);
  const language = pick(["en", "bn", null], worker.random);
  const name = `Ana ${newId()}`;
  await worker.acknowledgements.change("profile", [name, theme, language], async () => {
    const { status } = await ask(client, "PATCH", "/api/me", { name, theme, language });
    return judge(worker, "a profile", status);
  });
};

const changePassword: Work = async (worker, client) => {
  const { password } = worker;
  const next = `seven green bicycles ${newId()}`;
  password.wished = next;
  await worker.acknowledgements.change("password", next, async () => {
    const body = { currentPassword: password.known, newPassword: next };
    const end = judge(worker, "a password", (await ask(client, "POST", "/api/me/password", body)).status);
    password.known = end === "acknowledged" ? next : password.known;
    password.wished = null;
    return end;
  });
};

const nameOrganisation: Work = async (worker, client) => {
  const name = `Office ${newId()}`;
  await worker.acknowledgements.change("organisation", name, async () => {
    const { status } = await ask(client, "PATCH", "/api/organisation", { name });
    return judge(worker, "an organisation's name", status);
  });
};

const chooseDefault: Work = async (worker, client) => {
  const models = await readAll<Model>(client, "/api/models");
  const modelId = pick(
    models.filter(({ isStarter, madeBy }) => isStarter || madeBy === lastingProvider),
    worker.random,
  )?.id;
  await worker.acknowledgements.change("default", modelId, async () => {
    const { status } = await ask(client, "PUT", "/api/models/default", { modelId });
    return judge(worker, "a default model", status);
  });
};

const planBackups: Work = async (worker, client) => {
  const [daily, weekly] = [1 + Math.floor(worker.random() * 300), Math.floor(worker.random() * 300)];
  await worker.acknowledgements.change("backups", [daily, weekly], async () => {
    const { status } = await ask(client, "PATCH", "/api/backups", { schedule: { daily, weekly } });
    return judge(worker, "a plan of backups", status);
  });
};

const makeProvider: Work = async (worker, client) => {
  const [id, key] = [newId(), `sk-${newId()}`];
  const access = { preset: "other", name: "Another", baseUrl: worker.outside.baseUrl };
  await worker.acknowledgements.change(`provider ${id}`, key, async () => {
    const { status } = await ask(client, "POST", "/api/providers", { ...access, id, key, models: ["big"] });
    worker.providers.push(...(status < 300 ? [id] : []));
    return judge(worker, "a provider", status);
  });
};

const changeProviderKey: Work = async (worker, client) => {
  const id = pick(worker.providers, worker.random);
  if (id) {
    const key = `sk-${newId()}`;
    await worker.acknowledgements.change(`provider ${id}`, key, async () => {
      const { status } = await ask(client, "PATCH", `/api/providers/${id}`, { key });
      return judge(worker, "a provider's key", status);
    });
  }
};

const removeProvider: Work = async (worker, client) => {
  const id = take(worker.providers, worker.random);
  if (id) {
    await worker.acknowledgements.change(`provider ${id}`, null, async () => {
      const { status } = await ask(client, "DELETE", `/api/providers/${id}`);
      return judge(worker, "a provider's removal", status);
    });
  }
};

/** Each changes things of its own. */
export const providerWorks: readonly Work[] = [makeProvider, changeProviderKey, removeProvider];
/** For one alone: these things are there once. */
export const sharedWorks: readonly Work[] = [
  changeProfile,
  changePassword,
  nameOrganisation,
  chooseDefault,
  planBackups,
];
