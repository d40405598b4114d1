// The real HTTP server with the API's routes on a system-chosen port, and a model that says what a test tells it to.
import { pino } from "pino";
import { openAiApiRoutes } from "../../src/features/openai-api/server/routes.ts";
import type { ModelDescription } from "../../src/inference/model-call.ts";
import { createOpenCalls } from "../../src/platform/http/open-calls.ts";
import type { Principal } from "../../src/platform/http/principal.ts";
import { buildApp } from "../../src/server/app.ts";
import { createFakeModel, type FakeModel } from "./fake-model.ts";

export const apiKey = "sk-shobar-for-tests";

const principal: Principal = {
  userId: "01900000-0000-7000-8000-000000000001",
  organisationId: "01900000-0000-7000-8000-000000000002",
  role: "member",
  via: "api-key",
  credentialId: "01900000-0000-7000-8000-000000000003",
};

export interface ApiServer extends AsyncDisposable {
  readonly model: FakeModel;
  /** Lines of the log, warnings and worse. */
  readonly complaints: string[];
  /** Without `/v1`. */
  readonly address: string;
  readonly app: Awaited<ReturnType<typeof buildApp>>;
}

export async function startApiServer(changes: Partial<ModelDescription> = {}): Promise<ApiServer> {
  const model = createFakeModel(changes);
  const complaints: string[] = [];
  const app = await buildApp({
    version: "0.0.0",
    logger: pino({ level: "warn" }, { write: (line: string) => void complaints.push(line) }),
    host: "127.0.0.1",
    allowedHosts: [],
    trustedProxies: [],
    webFolder: null,
    credentials: {
      authenticateSession: () => Promise.resolve(null),
      authenticateApiKey: (secret) => Promise.resolve(secret === apiKey ? principal : null),
      openCalls: createOpenCalls(),
    },
    readiness: () => Promise.reject(new Error("not asked here")),
    routes(serve) {
      openAiApiRoutes(serve, { caller: model, clock: Date.now });
    },
  });
  const address = await app.listen({ host: "127.0.0.1", port: 0 });
  return { model, complaints, address, app, [Symbol.asyncDispose]: () => app.close() };
}
