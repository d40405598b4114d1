// The real program as a child process, on a port that the system chooses and a temporary data folder.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** The sources, or the bundle where the whole suite runs. */
export const programFile =
  process.env["SHOBAR_TEST_PROGRAM"] ?? join(import.meta.dirname, "..", "..", "src", "cli", "main.ts");

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  /** Null once there is an owner. */
  readonly setupUrl: string | null;
  readonly dataFolder: string;
  readonly process: ChildProcess;
  /** Every line it printed so far, as JSON. */
  readonly lines: readonly StartLine[];
  /** What it wrote to stderr so far. */
  readonly errors: () => string;
  /** Resolves when a line of this event has come that fulfils the condition. */
  waitFor(event: string, condition?: (line: StartLine) => boolean): Promise<StartLine>;
  /** Makes the owner and answers the headers of a signed-in browser. */
  claim(): Promise<Record<string, string>>;
  signIn(): Promise<Record<string, string>>;
  /** Answers the exit code; null after a signal that cannot be caught. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export type StartLine = { readonly event: string } & Readonly<Record<string, unknown>>;

export interface TestServerOptions {
  /** Kept when it is given; else a new one that is removed at the end. */
  readonly dataFolder?: string;
  readonly flags?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Flags for Node.js itself. */
  readonly nodeFlags?: readonly string[];
  /** A program, with its flags, that starts Node.js for us. */
  readonly wrapper?: readonly string[];
  /** Another version's entry; the one under test by default. */
  readonly program?: string;
}

export const ownerPassword = "correct horse battery staple";
const owner = { name: "Ana", email: "ana@example.org", password: ownerPassword };

/** Rejects with what the program printed when it ends before it listens. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const dataFolder = options.dataFolder ?? (await mkdtemp(join(tmpdir(), "shobar-test-")));
  const flags = ["serve", "--json", "--port", "0", "--data", dataFolder, ...(options.flags ?? [])];
  const words = [...(options.wrapper ?? []), process.execPath, ...(options.nodeFlags ?? [])].concat([
    options.program ?? programFile,
    ...flags,
  ]);
  const child = spawn(words[0]!, words.slice(1), {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...environmentWithoutSettings(), ...options.environment },
  });
  const ended = once(child, "exit");
  // A test that runs out of time never gets to its end; the server must not outlive the test's process.
  const killChild = (): void => void child.kill("SIGKILL");
  process.once("exit", killChild);
  child.once("exit", () => process.off("exit", killChild));
  const lines: StartLine[] = [];
  const waiting = new Set<() => void>();
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(JSON.parse(line) as StartLine);
    waiting.forEach((check) => check());
  });

  async function waitFor(event: string, condition: (line: StartLine) => boolean = () => true): Promise<StartLine> {
    const found = new Promise<StartLine>((resolve) => {
      const check = (): void => {
        const line = lines.find((each) => each.event === event && condition(each));
        if (line) {
          waiting.delete(check);
          resolve(line);
        }
      };
      waiting.add(check);
      check();
    });
    const over = ended.then(([code]) => {
      throw new Error(`the server ended with ${String(code)} before "${event}":\n${errors}\n${JSON.stringify(lines)}`);
    });
    return Promise.race([found, over]);
  }

  async function enter(path: string, body: unknown): Promise<Record<string, string>> {
    const response = await fetch(`${url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const cookie = response.headers.getSetCookie()[0]?.split(";")[0];
    if (!response.ok || cookie === undefined) {
      throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    }
    return { cookie, "x-shobar-request": "1", "content-type": "application/json" };
  }

  async function stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    child.kill(signal);
    const [code] = (await ended) as [number | null];
    return code;
  }

  const listening = await waitFor("listening");
  const url = String(listening["url"]);
  const setupUrl = listening["setupUrl"] as string | null;
  return {
    url,
    setupUrl,
    dataFolder,
    process: child,
    lines,
    errors: () => errors,
    waitFor,
    claim: () => enter("/api/setup", { ...owner, token: setupUrl?.split("token=")[1] }),
    signIn: () => enter("/api/session", { email: owner.email, password: owner.password }),
    stop,
    async [Symbol.asyncDispose]() {
      await stop("SIGKILL");
      if (options.dataFolder === undefined) {
        await rm(dataFolder, { recursive: true, force: true });
      }
    },
  };
}

/** Settings of whoever runs the tests must not change them. */
export function environmentWithoutSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(SHOBAR_|SSH_CONNECTION$)/.test(name)));
}
