// The demo without its terminal: for the command, for its test and for the README's pictures.
import path from "node:path";
import { generatePassword } from "../../src/features/users/server/users.ts";
import { readConfig } from "../../src/platform/config/config.ts";
import { type ProductFiles, startServer } from "../../src/server/start.ts";
import { rootFolder } from "../setup/root-folder.mjs";
import { fillDataFolder } from "./fill-data-folder.ts";
import { liveAsker, startLiveAnswer } from "./live-answer.ts";
import { type DemoPerson, people } from "./people.ts";
import type { ChatState } from "./demo-chat.ts";

/** What a visitor is told. */
export interface DemoFacts {
  readonly url: string;
  /** The same for everybody, made anew at each start. */
  readonly password: string;
  readonly people: readonly Pick<DemoPerson, "name" | "email" | "role" | "language" | "place">[];
  /** Who has a chat in this state. */
  readonly states: readonly { readonly shows: ChatState; readonly emails: readonly string[] }[];
}

export interface RunningDemo {
  readonly facts: DemoFacts;
  stop(): Promise<void>;
}

/** The folder must be empty, and stays. The web app must have been built. */
export async function startDemo(
  { folder, port }: { readonly folder: string; readonly port: string },
  tell: (line: string) => void,
): Promise<RunningDemo> {
  const environment = {
    settings: {},
    debug: false,
    ssh: null,
    program: "shobar",
    defaultData: folder,
    modelStores: [],
  };
  const config = readConfig({ host: "127.0.0.1", port, data: folder }, environment);
  const files = productFiles();
  const password = generatePassword();
  await fillDataFolder({ config, files, password }, tell);
  tell("The server");
  const server = await startServer(config, files);
  const live = await startLiveAnswer(server.url, password);
  const told = people.map(({ name, email, role, language, place }) => ({ name, email, role, language, place }));
  return {
    facts: { url: server.url, password, people: told, states: statesOf() },
    async stop() {
      await live.stop();
      await server.stop();
    },
  };
}

function statesOf(): DemoFacts["states"] {
  const found = new Map<ChatState, Set<string>>([["being written", new Set([liveAsker])]]);
  for (const { email, chats } of people) {
    for (const { shows } of chats) found.set(shows, (found.get(shows) ?? new Set()).add(email));
  }
  found.set("interrupted", new Set([people.at(-1)?.email ?? ""]));
  return [...found].map(([shows, emails]) => ({ shows, emails: [...emails] }));
}

function productFiles(): ProductFiles {
  const source = (file: string): URL => new URL(`../../src/${file}`, import.meta.url);
  return {
    productFolder: rootFolder,
    webFolder: path.join(rootFolder, "dist", "web"),
    databaseWorker: source("server/database-worker.ts"),
    backupWorker: source("server/backup-worker.ts"),
    engineWorker: source("inference/local/engine-worker.ts"),
    version: "demo",
    program: "npm run -s shobar --",
  };
}
