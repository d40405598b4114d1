// `npm start` as a person types it, in a clone.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { endWithUs } from "./end-with-us.ts";

export interface NpmStart {
  readonly setupUrl: string;
  /** When the start screen was there. */
  readonly listeningAt: number;
  /** When the dependencies were; the same where nothing had to be built. */
  readonly installedAt: number;
  /** Everything that it printed until then. */
  readonly said: string;
  stop(): Promise<void>;
}

/** Rejects with what it printed when it ends before there is a link for the owner. */
export async function npmStart(
  folder: string,
  flags: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<NpmStart> {
  const child = spawn("npm", ["start", "--", ...flags], {
    cwd: folder,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  endWithUs(child, { whole: true });
  const ended = once(child, "exit");
  let said = "";
  let installedAt: number | undefined;
  const setupUrl = Promise.withResolvers<string>();
  const read = (chunk: Buffer): void => {
    said += chunk.toString();
    if (installedAt === undefined && said.includes("Building")) installedAt = performance.now();
    const link = /(https?:\/\/\S+\/setup#token=\S+)/.exec(said);
    if (link) setupUrl.resolve(link[1]!);
  };
  child.stdout.on("data", read);
  child.stderr.on("data", read);
  void ended.then(() => setupUrl.reject(new Error(`npm start ended:\n${said}`)));
  const url = await setupUrl.promise;
  const listeningAt = performance.now();
  return {
    setupUrl: url,
    listeningAt,
    installedAt: installedAt ?? listeningAt,
    said,
    stop: () => stopGroup(child, ended),
  };
}

/** npm, its shell, the launcher and the server share a process group. */
async function stopGroup(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  process.kill(-child.pid!, "SIGTERM");
  await ended;
}
