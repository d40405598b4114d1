// The product as `npm start` runs it: the bundle, on a temporary data folder, with an owner and an API key.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { prepare } from "../../scripts/setup/prepare.mjs";
import { projectFolder } from "./claim.ts";
import { endWithUs } from "./end-with-us.ts";
import type { ChatTarget } from "./stream-completion.ts";

export interface ShobarOptions {
  readonly flags?: readonly string[];
  /** Kept when given; else a new one that is removed at the end. */
  readonly dataFolder?: string;
}

export interface RunningShobar extends AsyncDisposable {
  readonly url: string;
  readonly dataFolder: string;
  readonly process: ChildProcess;
  /** From the start of the process to its word that it listens, milliseconds. */
  readonly listeningMs: number;
  /** Null once there is an owner. */
  readonly setupUrl: string | null;
}

export interface OpenShobar extends RunningShobar {
  readonly target: ChatTarget;
  /** Headers of the owner's signed-in browser. */
  readonly browser: Readonly<Record<string, string>>;
}

const owner = { name: "Ana", email: "ana@example.org", password: "correct horse battery staple" };

/** Once a run: what is not current is built first, so that no run measures an old bundle. */
const node = await prepare({ dependencies: "all" });

export async function startShobar({ flags = [], dataFolder }: ShobarOptions = {}): Promise<RunningShobar> {
  const folder = dataFolder ?? (await mkdtemp(join(tmpdir(), "shobar-bench-")));
  const program = join(projectFolder, "dist", "server", "main.js");
  const parameters = [program, "serve", "--json", "--port", "0", "--data", folder, ...flags];
  const startedAt = performance.now();
  const child = spawn(node, parameters, { stdio: ["ignore", "pipe", "pipe"], env: environmentWithoutSettings() });
  endWithUs(child);
  const ended = once(child, "exit");
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const listening = Promise.withResolvers<{ url: string; setupUrl: string | null; at: number }>();
  void ended.then(() => listening.reject(new Error(`the server ended: ${errors}`)));
  createInterface({ input: child.stdout }).on("line", (line) => {
    const said = JSON.parse(line) as { event: string; url: string; setupUrl: string | null };
    if (said.event === "listening") {
      listening.resolve({ ...said, at: performance.now() });
    }
  });
  const { url, setupUrl, at } = await listening.promise;
  return {
    url,
    setupUrl,
    dataFolder: folder,
    process: child,
    listeningMs: at - startedAt,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await ended;
      if (dataFolder === undefined) {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** With an owner, an API key and, unless `--no-starter`, the starter model in memory. */
export async function openShobar(options: ShobarOptions = {}): Promise<OpenShobar> {
  const server = await startShobar(options);
  const browser = await signIn(server);
  const key = (await post(server.url, "/api/api-keys", { name: "bench" }, browser)) as { secret: string };
  const withoutModel = options.flags?.includes("--no-starter");
  const model = withoutModel ? "none" : await waitForModel(server.url, browser);
  return { ...server, browser, target: { url: server.url, apiKey: key.secret, model } };
}

/** An API key of a new member. */
export async function addMember({ url, browser }: Pick<OpenShobar, "url" | "browser">): Promise<string> {
  const invited = (await post(url, "/api/invitations", { role: "member" }, browser)) as { url: string };
  const person = { name: "Ben", email: "ben@example.org", password: "another correct horse" };
  const token = invited.url.split("token=")[1];
  await post(url, "/api/invitations/accept", { ...person, token }, { "content-type": "application/json" });
  const member = await signIn({ url, setupUrl: null }, person);
  return ((await post(url, "/api/api-keys", { name: "bench" }, member)) as { secret: string }).secret;
}

/** A command of the product beside a server or without one; answers its JSON. Rejects with what it said. */
export async function runShobar(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Record<string, unknown>> {
  const child = spawn(node, [join(projectFolder, "dist", "server", "main.js"), ...words, "--json"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...environmentWithoutSettings(), ...environment },
  });
  endWithUs(child);
  const [said, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  if (code !== 0) {
    throw new Error(`shobar ${words.join(" ")} ended with ${String(code)}: ${said}${errors}`);
  }
  return JSON.parse(said) as Record<string, unknown>;
}

/** As the owner, who is made where there is none yet, or as the person given. */
export async function signIn(
  server: Pick<RunningShobar, "url" | "setupUrl">,
  person: { readonly email: string; readonly password: string } = owner,
): Promise<Record<string, string>> {
  const token = server.setupUrl?.split("token=")[1];
  const response = await fetch(`${server.url}${token ? "/api/setup" : "/api/session"}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(token ? { ...owner, token } : { email: person.email, password: person.password }),
  });
  const cookie = response.headers.getSetCookie()[0]?.split(";")[0];
  if (!response.ok || cookie === undefined) {
    throw new Error(`signing in: ${response.status} ${await response.text()}`);
  }
  return { cookie, "x-shobar-request": "1", "content-type": "application/json" };
}

export async function post(
  url: string,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): Promise<unknown> {
  const response = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) {
    throw new Error(`${path}: ${response.status} ${await response.text()}`);
  }
  return response.json();
}

interface ListedModel {
  readonly id: string;
  readonly isDefault: boolean;
  readonly state: { readonly status: string };
  readonly memory: { readonly neededBytes: number };
}

export async function listModels(
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<readonly ListedModel[]> {
  const response = await fetch(`${url}/api/models`, { headers });
  return ((await response.json()) as { items: ListedModel[] }).items;
}

async function waitForModel(url: string, headers: Readonly<Record<string, string>>): Promise<string> {
  while (true) {
    const model = (await listModels(url, headers)).find((each) => each.isDefault);
    if (model?.state.status === "ready") {
      return model.id;
    }
    if (model?.state.status === "unavailable") {
      throw new Error(`the starter model is unavailable: ${JSON.stringify(model.state)}`);
    }
    await delay(50);
  }
}

/** Settings of whoever runs the bench must not change what it measures. */
function environmentWithoutSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("SHOBAR_")));
}
