// The peer: llama.cpp's own server, built from the same release as our libraries by build-llama-server.ts.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { projectFolder } from "./claim.ts";
import { endWithUs } from "./end-with-us.ts";
import type { ChatTarget } from "./stream-completion.ts";

export const starterModel = join(projectFolder, "models", "SmolLM2-135M-Instruct.Q4_1.gguf");

/** The release whose libraries the product uses. */
function llamaRelease(): string {
  const { optionalDependencies } = JSON.parse(readFileSync(join(projectFolder, "package.json"), "utf8")) as {
    optionalDependencies: Record<string, string>;
  };
  return optionalDependencies["@node-llama-cpp/linux-x64"]!;
}

export function peerFolder(): string {
  const cache = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  return join(cache, "shobar-bench", `llama.cpp-${llamaRelease()}`);
}

/** Null when it is not on this machine: then there is nothing to compare with, and no ratio is printed. */
export function findLlamaServer(): string | null {
  const file = process.env["SHOBAR_BENCH_LLAMA_SERVER"] ?? join(peerFolder(), "build", "bin", "llama-server");
  return existsSync(file) ? file : null;
}

export const peerMissing =
  "llama-server is not on this machine, so nothing is compared. Build it (about 10 minutes): node bench/support/build-llama-server.ts, " +
  "or name one in SHOBAR_BENCH_LLAMA_SERVER.";

export interface PeerVariant {
  readonly name: string;
  readonly flags: readonly string[];
}

const eightSlots = ["--parallel", "8", "-c", "16384", "--no-kv-unified", "--cache-ram", "0"];

/** As installed, and with the flags that its documentation offers for many users. The best of them is the peer. */
export const peerVariants: readonly PeerVariant[] = [
  { name: "as installed", flags: [] },
  { name: "8 slots", flags: eightSlots },
  { name: "8 slots, flash attention off", flags: [...eightSlots, "-fa", "off"] },
  { name: "8 slots, -b 64 -ub 64", flags: [...eightSlots, "-b", "64", "-ub", "64"] },
  { name: "8 slots, -b 64 -ub 64, flash attention off", flags: [...eightSlots, "-b", "64", "-ub", "64", "-fa", "off"] },
  { name: "8 slots, -b 128 -ub 128", flags: [...eightSlots, "-b", "128", "-ub", "128"] },
];

export interface RunningPeer extends AsyncDisposable {
  readonly target: ChatTarget;
  readonly process: ChildProcess;
}

export async function startLlamaServer(file: string, { flags }: PeerVariant, threads: number): Promise<RunningPeer> {
  const port = await freePort();
  const everyTime = ["-m", starterModel, "--host", "127.0.0.1", "--port", String(port), "--threads", String(threads)];
  const child = spawn(file, [...everyTime, ...flags], { stdio: ["ignore", "ignore", "pipe"] });
  endWithUs(child);
  const ended = once(child, "exit");
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-4_000)));
  const url = `http://127.0.0.1:${port}`;
  while (!(await isHealthy(url))) {
    if (child.exitCode !== null) {
      throw new Error(`llama-server ended: ${errors}`);
    }
    await delay(50);
  }
  return {
    target: { url, model: "starter" },
    process: child,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health`, { headers: { connection: "close" } });
    await response.text();
    return response.ok;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
