// What the command line can do with a server's data: the features' own rules, whether a server runs (then it does them,
// asked over its control socket) or not (then the command does, holding the data folder's lock).
import { once } from "node:events";
import * as apiKeys from "../features/api-keys/server/api-keys.ts";
import type { ApiKey } from "../features/api-keys/contract.ts";
import { BackupsChange, type BackupsState } from "../features/backups/contract.ts";
import type { Backups } from "../features/backups/server/backups.ts";
import { type CatalogueModel, type CatalogueWish, searchCatalogue } from "../features/downloads/contract.ts";
import type { Catalogue } from "../features/downloads/server/catalogue.ts";
import { recogniseFile } from "../features/downloads/server/recognise-file.ts";
import type { Downloads, Pulled } from "../features/downloads/server/downloads.ts";
import type { Model } from "../features/models/contract.ts";
import { benchModel, type BenchRound } from "../features/models/server/bench-model.ts";
import { getDefaultModel } from "../features/models/server/default-model.ts";
import { findModel, listModels, setDefaultModel, type Viewer } from "../features/models/server/models.ts";
import { deleteModel } from "../features/models/server/delete-model.ts";
import type { Found, ModelFiles, Places } from "../features/models/server/places.ts";
import type { Provider, RemoteModel } from "../features/providers/contract.ts";
import type { ProviderWishes } from "../features/providers/server/provider-wishes.ts";
import type { Providers } from "../features/providers/server/providers.ts";
import type { User, UserRole } from "../features/users/contract.ts";
import type { Invitation, Person, RemovedChats } from "../features/users/people-contract.ts";
import { createInvitation, invitationPath } from "../features/users/server/invitations.ts";
import { readOrganisationName, renameOrganisation } from "../features/users/server/organisation.ts";
import type { People } from "../features/users/server/people.ts";
import { createResetLink, resetLinkPath } from "../features/users/server/reset-links.ts";
import type { Passwords } from "../features/users/server/password.ts";
import { removeSecondFactors } from "../features/users/server/second-factor-removal.ts";
import * as users from "../features/users/server/users.ts";
import type { ModelCaller, ModelEvent } from "../inference/model-call.ts";
import { checkValue } from "../platform/check-value.ts";
import type { Clock } from "../platform/clock.ts";
import type { Database } from "../platform/database/command.ts";
import { AppError } from "../platform/errors.ts";
import type { OpenCalls } from "../platform/http/open-calls.ts";
import type { Secrets } from "../platform/secrets/secrets.ts";

export interface ControlParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly passwords: Passwords;
  readonly secrets: Secrets;
  readonly caller: ModelCaller;
  readonly places: Places;
  readonly downloads: Downloads;
  readonly catalogue: Catalogue;
  readonly files: Pick<ModelFiles, "unload" | "lookAgain">;
  readonly providers: Providers;
  readonly backups: Backups;
  readonly organisationId: string;
  readonly people: People;
  /** Those that the server has open; none without a server. */
  readonly openCalls: OpenCalls;
  readonly lendCore: () => Disposable;
}

export interface ControlCall {
  readonly emit: (event: unknown) => void;
  readonly signal: AbortSignal;
}

export interface Adopted {
  readonly modelId: string;
  /** The name of the very file in the catalogue; null where the catalogue does not know it. */
  readonly known: string | null;
}

type Action<Arguments, Result> = (parts: ControlParts, args: Arguments, call: ControlCall) => Promise<Result>;

/** Whose: by email, the owner when it is left out. */
interface OfPerson {
  readonly user?: string | undefined;
}

export interface ControlActions {
  "users.create": Action<
    { name: string; email: string; role: "admin" | "member" },
    { user: User; generatedPassword?: string }
  >;
  "users.list": Action<Record<string, never>, Person[]>;
  /** `path`: of the page that the link opens, the token in its fragment. */
  "users.invite": Action<
    { role: UserRole; note?: string | undefined; days?: number | undefined },
    { invitation: Invitation; path: string }
  >;
  "users.reset-link": Action<{ email: string }, PersonWithLink>;
  /** Without an email: the only owner. */
  "users.reset-owner": Action<{ email?: string | undefined }, PersonWithLink>;
  "users.role": Action<{ email: string; role: UserRole }, Person>;
  "users.remove": Action<{ email: string; chats: RemovedChats }, Person>;
  "users.restore": Action<{ email: string }, Person>;
  "users.reset-password": Action<{ email: string }, { user: User; generatedPassword: string }>;
  "users.reset-two-factor": Action<{ email: string }, User>;
  "users.disable": Action<{ email: string; disabled: boolean }, Person>;
  /** Empty: it has none. */
  "organisation.read": Action<Record<string, never>, string>;
  "organisation.rename": Action<{ name: string }, string>;
  "keys.create": Action<OfPerson & { name: string }, { key: ApiKey; secret: string }>;
  "keys.list": Action<OfPerson, ApiKey[]>;
  "keys.revoke": Action<OfPerson & { id: string }, { id: string }>;
  "models.list": Action<Record<string, never>, { items: Model[]; missingDefault: string | null }>;
  "models.found": Action<Record<string, never>, Found>;
  "models.add": Action<{ path: string }, Model[]>;
  /** By the path of the place, or a model there; answers all the models there. */
  "models.remove": Action<{ model: string }, Model[]>;
  "models.search": Action<CatalogueWish, CatalogueModel[]>;
  /** Emits DownloadProgress; ending the call pauses the download. */
  "models.pull": Action<{ source: string }, Pulled>;
  "models.pull.discard": Action<{ source: string }, null>;
  /** With a source: what another program has fetched of it; emits DownloadProgress. Else the file where it lies. */
  "models.adopt": Action<{ path: string; source: string | null }, Adopted>;
  /** Deletes the file of a model in the models folder. */
  "models.delete": Action<{ model: string }, Model>;
  /** Emits a BenchRound each; loads the model where it is not loaded. */
  "models.bench": Action<{ model: string }, { modelId: string; result: BenchRound }>;
  "models.default": Action<{ model: string | null }, Model | null>;
  "providers.list": Action<Record<string, never>, Provider[]>;
  /** All that the service lists, where no models are named. */
  "providers.models": Action<ProviderWishes, { baseUrl: string; models: RemoteModel[] | null }>;
  "providers.add": Action<ProviderWishes & { models: string[] }, Provider>;
  /** By its slug or its name. */
  "providers.remove": Action<{ provider: string }, Provider>;
  "backups.read": Action<Record<string, never>, BackupsState>;
  "backups.change": Action<BackupsChange, BackupsState>;
  /** Emits BackupProgress. */
  "backups.now": Action<Record<string, never>, BackupsState>;
  /** For long work of the command's own: emits once when the engine computes on a core less, which lasts until the command goes. */
  "engine.lend-core": Action<Record<string, never>, null>;
  /** Emits ModelEvents; answers the model's id. */
  ask: Action<{ question: string; model?: string | undefined }, { model: string }>;
}

export type ControlActionName = keyof ControlActions;
export type ControlArguments<Name extends ControlActionName> = Parameters<ControlActions[Name]>[1];
export type ControlResult<Name extends ControlActionName> = Awaited<ReturnType<ControlActions[Name]>>;

export const controlActions: ControlActions = {
  "users.create": (parts, args) => users.createUser(parts, { ...args, organisationId: parts.organisationId }),
  "users.list": ({ people, organisationId }) => allPages((cursor) => people.list(organisationId, { cursor })),
  async "users.invite"(parts, wish) {
    const { invitation, token } = await createInvitation(parts, terminal(parts), wish);
    return { invitation, path: invitationPath(token) };
  },
  "users.reset-link": async (parts, { email }) =>
    withResetLink(parts, await parts.people.findByEmail(parts.organisationId, email)),
  async "users.reset-owner"(parts, { email }) {
    const owner = await chooseOwner(parts, email);
    const made = await withResetLink(parts, owner);
    // Whoever has lost everything has lost the phone too.
    await removeSecondFactors(parts, { organisationId: parts.organisationId, userId: owner.id });
    return made;
  },
  async "users.role"(parts, { email, role }) {
    const { id } = await parts.people.findByEmail(parts.organisationId, email);
    return parts.people.change(terminal(parts), id, { role });
  },
  async "users.remove"(parts, { email, chats }) {
    const person = await parts.people.findByEmail(parts.organisationId, email);
    await parts.people.remove(terminal(parts), person.id, chats);
    return person;
  },
  async "users.restore"(parts, { email }) {
    const { id } = await parts.people.findByEmail(parts.organisationId, email);
    return parts.people.restore(terminal(parts), id);
  },
  async "users.reset-password"(parts, { email }) {
    const user = await users.getUserByEmail(parts.db, parts.organisationId, email);
    return {
      user,
      generatedPassword: await users.resetPassword(parts, { organisationId: parts.organisationId, userId: user.id }),
    };
  },
  async "users.reset-two-factor"(parts, { email }) {
    const user = await users.getUserByEmail(parts.db, parts.organisationId, email);
    await removeSecondFactors(parts, { organisationId: parts.organisationId, userId: user.id });
    return user;
  },
  async "users.disable"(parts, { email, disabled }) {
    const { id } = await parts.people.findByEmail(parts.organisationId, email);
    return parts.people.change(terminal(parts), id, { disabled });
  },
  "organisation.read": ({ db, organisationId }) => readOrganisationName(db, organisationId),
  "organisation.rename": ({ db, organisationId }, { name }) => renameOrganisation(db, organisationId, name),
  "keys.create": async (parts, { user, name }) => apiKeys.createApiKey(parts, await keyOwner(parts, user), name),
  async "keys.list"(parts, { user }) {
    const owner = await keyOwner(parts, user);
    return allPages((cursor) => apiKeys.listApiKeys(parts.db, owner, { cursor }));
  },
  async "keys.revoke"(parts, { user, id }) {
    await apiKeys.revokeApiKey(parts, await keyOwner(parts, user), id);
    return { id };
  },
  "models.list": (parts) => listModels(parts, viewerOf(parts)),
  "models.found": (parts) => parts.places.find(parts),
  async "models.add"(parts, { path }) {
    const ids = await parts.places.add(parts, path);
    return (await listModels(parts, viewerOf(parts))).items.filter(({ id }) => ids.includes(id));
  },
  async "models.remove"(parts, { model: name }) {
    const placeId = await parts.places.placeOf(parts, name);
    if (placeId === null) {
      const model = await findModel(parts.caller, name);
      throw new AppError("model_not_removable", { model: model.id });
    }
    const models = (await listModels(parts, viewerOf(parts))).items.filter(({ place }) => place?.placeId === placeId);
    await parts.places.remove(parts, placeId);
    return models;
  },
  "models.search": async (parts, wish) => searchCatalogue(await parts.catalogue.list(parts), wish),
  "models.pull": (parts, { source }, { emit, signal }) => parts.downloads.pull(parts, source, emit, signal),
  async "models.pull.discard"(parts, { source }) {
    await parts.downloads.discard(parts, source);
    return null;
  },
  async "models.adopt"(parts, { path, source }, { emit, signal }) {
    if (source !== null) {
      const { modelId } = await parts.downloads.adopt(parts, path, source, emit, signal);
      return { modelId, known: null };
    }
    const known = await recogniseFile(path);
    const [modelId = ""] = await parts.places.add(parts, path);
    return { modelId, known };
  },
  async "models.delete"(parts, { model: name }) {
    const { id } = await findModel(parts.caller, name);
    const model = (await listModels(parts, viewerOf(parts))).items.find((each) => each.id === id);
    await deleteModel(parts, id);
    if (model === undefined) throw new AppError("model_not_found", { model: name });
    return model;
  },
  async "models.bench"({ caller }, { model }, { emit, signal }) {
    const { id: modelId } = await findModel(caller, model);
    return { modelId, result: await benchModel({ caller, now: () => performance.now() }, modelId, signal, emit) };
  },
  async "models.default"(parts, { model }) {
    await setDefaultModel(parts, parts.organisationId, model);
    return (await listModels(parts, viewerOf(parts))).items.find(({ isDefault }) => isDefault) ?? null;
  },
  "providers.list": ({ providers }) => providers.list(),
  "providers.models": ({ providers }, wishes, { signal }) => providers.test(wishes, signal),
  async "providers.add"({ providers, db, organisationId }, wishes, { signal }) {
    const ownerId = (await users.ownerExists(db)) ? (await users.getOwner(db, organisationId)).id : null;
    return providers.add({ ...wishes, ownerId }, signal);
  },
  async "providers.remove"({ providers }, { provider: wanted }) {
    const found = (await providers.list()).filter(({ slug, name }) => slug === wanted || name === wanted);
    const [provider] = found;
    if (!provider || found.length > 1) throw new AppError("provider_not_found");
    return providers.remove(provider.id);
  },
  "backups.read": ({ backups }) => backups.read(),
  "backups.change": ({ backups }, change) => backups.change(checkValue(BackupsChange, change, "the change", "")),
  "backups.now": ({ backups }, _args, { emit }) => backups.makeNow(emit),
  async "engine.lend-core"({ lendCore }, _args, { emit, signal }) {
    using _core = lendCore();
    emit({});
    if (!signal.aborted) {
      await once(signal, "abort");
    }
    return null;
  },
  async ask(parts, { question, model: wanted }, { emit, signal }) {
    const { caller } = parts;
    const model =
      wanted === undefined
        ? (await getDefaultModel(parts, parts.organisationId)).model
        : await findModel(caller, wanted);
    if (!model) {
      throw new AppError("no_model");
    }
    const events: AsyncIterable<ModelEvent> = caller.call({
      model: model.id,
      messages: [{ role: "user", content: question }],
      lane: "interactive",
      userId: "command-line",
      cacheScope: "command-line",
      signal,
    });
    for await (const event of events) {
      emit(event);
    }
    return { model: model.id };
  },
};

/** Whoever may use the control socket runs the server. */
function viewerOf({ organisationId }: ControlParts): Viewer {
  return { organisationId, seesPaths: true };
}

interface PersonWithLink {
  readonly person: Person;
  readonly path: string;
  readonly expiresAt: number;
}

/** Whoever may use the server's terminal may do what an owner may. */
function terminal({ organisationId }: ControlParts): { organisationId: string; userId: null } {
  return { organisationId, userId: null };
}

async function withResetLink(parts: ControlParts, person: Person): Promise<PersonWithLink> {
  const { token, expiresAt } = await createResetLink(parts, terminal(parts), person.id);
  return { person, path: resetLinkPath(token), expiresAt };
}

/** Throws owner_missing, owner_ambiguous. */
async function chooseOwner({ people, organisationId }: ControlParts, email: string | undefined): Promise<Person> {
  const owners = await people.listOwners(organisationId);
  const meant = email === undefined ? owners : owners.filter((owner) => owner.email === email.trim().toLowerCase());
  const [owner, another] = meant;
  if (another) {
    throw new AppError("owner_ambiguous", { emails: meant.map((person) => person.email).join(", ") });
  }
  if (!owner) {
    throw new AppError(email === undefined ? "owner_missing" : "owner_not_found");
  }
  return owner;
}

async function keyOwner(
  { db, organisationId }: ControlParts,
  email: string | undefined,
): Promise<{ organisationId: string; userId: string }> {
  const user =
    email === undefined
      ? await users.getOwner(db, organisationId)
      : await users.getUserByEmail(db, organisationId, email);
  return { organisationId, userId: user.id };
}

async function allPages<Item>(
  read: (cursor: string | undefined) => Promise<{ items: Item[]; nextCursor: string | null }>,
): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await read(cursor);
    items.push(...page.items);
    if (page.nextCursor === null) {
      return items;
    }
    cursor = page.nextCursor;
  }
}
