// The whole application in this process, on SQLite in memory and with a scripted model; requests go in by `inject`.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from "fastify";
import { pino } from "pino";
import type { RunBackupJob } from "../../src/features/backups/server/backup-job.ts";
import type { User } from "../../src/features/users/contract.ts";
import { createOwnerLink, type OwnerLink } from "../../src/features/users/server/owner-link.ts";
import { createPasswords } from "../../src/features/users/server/password.ts";
import { createUser, ensureOrganisation } from "../../src/features/users/server/users.ts";
import type { Providers } from "../../src/features/providers/server/providers.ts";
import type { LoadedModel } from "../../src/inference/local/local-engine-options.ts";
import type { Clock } from "../../src/platform/clock.ts";
import type { Database } from "../../src/platform/database/command.ts";
import { openInlineDatabase } from "../../src/platform/database/inline-database.ts";
import { migrate } from "../../src/platform/database/migrate.ts";
import { createSecrets } from "../../src/platform/secrets/secrets.ts";
import { buildApp } from "../../src/server/app.ts";
import { createFoundation } from "../../src/server/create-foundation.ts";
import { createFeatures, type Features } from "../../src/server/features.ts";
import { createReadiness } from "../../src/server/readiness.ts";
import { createFakeModel, type FakeModel } from "./fake-model.ts";

export interface TestApp extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly db: Database;
  readonly model: FakeModel;
  readonly providers: Providers;
  readonly ownerLink: OwnerLink;
  readonly organisationId: string;
  readonly features: Features;
  /** A person who is signed in, each time another one. */
  aUser(wishes?: { readonly role?: "owner" | "admin" | "member"; readonly name?: string }): Promise<TestUser>;
  disable(user: TestUser): Promise<void>;
}

export interface TestUser {
  readonly user: User;
  readonly email: string;
  readonly password: string;
  /** What a browser of theirs sends with every request. */
  readonly headers: Record<string, string>;
  inject(options: InjectOptions): Promise<LightMyRequestResponse>;
  /** Answers the secret of a new key. */
  anApiKey(name?: string): Promise<string>;
}

export interface TestAppOptions {
  readonly model?: FakeModel;
  readonly clock?: Clock;
  readonly webFolder?: string;
  readonly databaseFile?: string;
  readonly allowedHosts?: readonly string[];
  readonly trustedProxies?: readonly string[];
  /** What it pretends to listen on; by default loopback. */
  readonly host?: string;
  readonly publicUrl?: string;
  readonly modelFolder?: string;
  /** Of the program that it pretends to be. */
  readonly version?: string;
  /** Where its list of changes is. */
  readonly productFolder?: string;
  /** What the engine says of itself; nothing is loaded by default. */
  readonly loadedModels?: () => readonly LoadedModel[];
  /** Instead of the backup thread: the database in memory cannot be copied. */
  readonly runBackupJob?: RunBackupJob;
  /** Gets the lines of the log; without it nothing is logged. */
  readonly onLogLine?: (line: string) => void;
}

const password = "correct horse battery staple";

export async function buildTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const { model = createFakeModel(), clock = Date.now, webFolder = null, allowedHosts = [] } = options;
  const { trustedProxies = [], host = "127.0.0.1", publicUrl, onLogLine, version = "0.0.0" } = options;
  const productFolder = options.productFolder ?? join(import.meta.dirname, "..", "..");
  const db = openInlineDatabase(options.databaseFile ?? ":memory:");
  await db.run(migrate, { now: clock() });
  const organisationId = await ensureOrganisation({ db, clock });
  const ownerLink = createOwnerLink();
  // The real algorithm at a price that a test can pay.
  const passwords = createPasswords({ memoryKib: 64, passes: 1 });
  const modelFolder = options.modelFolder ?? mkdtempSync(join(tmpdir(), "shobar-app-"));
  const first = async () => (await model.listModels())[0]!;
  const plan = async ({ tensorBytes: neededBytes }: { tensorBytes: number }) => ({
    neededBytes,
    freeBytes: 8_000_000_000,
    fits: neededBytes <= 8_000_000_000,
  });
  const files = {
    load: first,
    unload: async () => {},
    inspect: first,
    plan,
    lookAgain: () => {},
    loadedModels: options.loadedModels ?? (() => []),
    forgetSaved: async () => {},
  };
  const logger = onLogLine ? pino({ level: "info" }, { write: onLogLine }) : pino({ level: "silent" });
  const secrets = createSecrets(randomBytes(32));
  const backupFolder = mkdtempSync(join(tmpdir(), "shobar-backups-"));
  const foundation = createFoundation({
    db,
    clock,
    secrets,
    logger,
    organisationId,
    engine: model,
    files,
    modelStores: [],
    dataFolder: backupFolder,
    modelFolder,
    modelHost: "http://127.0.0.1:1",
    modelTokenFile: undefined,
    outgoingProxy: null,
    runBackupJob: options.runBackupJob ?? (() => Promise.resolve({ bytes: 0 })),
    version,
  });
  const { providers } = foundation;
  const features = createFeatures({
    ...foundation,
    db,
    loader: files,
    promptTools: model,
    modelFolder,
    maxUploadBytes: 1_000_000_000,
    passwords,
    secrets,
    ownerLink,
    clock,
    logger,
    version,
    program: "shobar",
    productFolder,
    dataFolder: backupFolder,
  });
  const readiness = createReadiness(db, model);
  const { credentials, routes } = features;
  const app = await buildApp({
    version,
    logger,
    allowedHosts,
    trustedProxies,
    host,
    publicUrl,
    webFolder,
    credentials,
    readiness: readiness.check,
    routes,
  });
  let count = 0;

  async function anOwner(name: string, email: string): Promise<LightMyRequestResponse> {
    return app.inject({
      method: "POST",
      url: "/api/setup",
      payload: { token: ownerLink.token, name, email, password },
    });
  }

  async function aMember(role: "admin" | "member", name: string, email: string): Promise<LightMyRequestResponse> {
    await createUser({ db, clock, passwords }, { organisationId, name, email, role, password });
    return app.inject({ method: "POST", url: "/api/session", payload: { email, password } });
  }

  return {
    app,
    db,
    model,
    providers,
    ownerLink,
    organisationId,
    features,
    async aUser({ role = "member", name = `Person ${++count}` } = {}) {
      const email = `${name.toLowerCase().replace(/\W+/g, "-")}-${++count}@example.org`;
      const entered = await (role === "owner" ? anOwner(name, email) : aMember(role, name, email));
      return signedIn(app, entered, email);
    },
    async disable({ user }) {
      await features.people.change({ organisationId, userId: null }, user.id, { disabled: true });
    },
    async [Symbol.asyncDispose]() {
      await features.stop();
      await app.close();
      await db.close();
      rmSync(backupFolder, { recursive: true, force: true });
      if (options.modelFolder === undefined) rmSync(modelFolder, { recursive: true, force: true });
    },
  };
}

function signedIn(app: FastifyInstance, entered: LightMyRequestResponse, email: string): TestUser {
  const [cookie] = entered.cookies;
  if (!cookie) {
    throw new Error(`nobody was signed in: ${entered.statusCode} ${entered.body}`);
  }
  const headers = { cookie: `${cookie.name}=${cookie.value}`, "x-shobar-request": "1" };
  const inject = (options: InjectOptions): Promise<LightMyRequestResponse> =>
    app.inject({ ...options, headers: { ...headers, ...options.headers } });
  return {
    user: entered.json<User>(),
    email,
    password,
    headers,
    inject,
    async anApiKey(name = "for a test") {
      const made = await inject({ method: "POST", url: "/api/api-keys", payload: { name } });
      return made.json<{ secret: string }>().secret;
    },
  };
}
