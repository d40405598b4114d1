// A real nginx or Caddy with the very blocks that docs/network.md prints, on ports that the system chooses. Only what must
// differ in a test is replaced, and each replacement must be found in the page.
import { type ChildProcess, spawn } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { findProxies } from "./find-proxies.ts";
import { makeCertificate } from "./make-certificate.ts";

export type ProxyKind = "nginx" | "caddy";

export interface Proxy extends AsyncDisposable {
  /** The address that browsers open. */
  readonly url: string;
  /** What it is to be trusted with: the authority of its certificate. */
  readonly ca: string;
  readonly caFile: string;
  /** Flags that make a Chromium take this certificate for a good one and find the name, and change nothing else. */
  readonly chromiumFlags: readonly string[];
}

export interface ProxyWishes {
  /** The port of the server behind it. */
  readonly upstreamPort: number;
  /** Chosen before, so that the server can be told its public URL. */
  readonly port: number;
  /** Of the site; localhost by default. Any other must be led to 127.0.0.1 by whoever asks. */
  readonly name?: string;
  /** Changes the printed block, to find out what happens without a line. */
  readonly change?: (block: string) => string;
  readonly validTo?: Date;
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

export async function startProxy(kind: ProxyKind, wishes: ProxyWishes): Promise<Proxy> {
  const proxies = await findProxies();
  const folder = mkdtempSync(join(tmpdir(), `shobar-${kind}-`));
  const { name = "localhost" } = wishes;
  const certificate = makeCertificate({ names: [name], ...(wishes.validTo ? { validTo: wishes.validTo } : {}) });
  const files = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  writeFileSync(files.cert, certificate.cert);
  // Read by nginx's master alone; no other user enters the folder.
  writeFileSync(files.key, certificate.key, { mode: 0o600 });
  const block = (wishes.change ?? ((text) => text))(printedBlock(kind));
  const [program, words] =
    kind === "nginx"
      ? [proxies.nginx, nginxWords(folder, nginxConfig(folder, block, files, wishes))]
      : [proxies.caddy, caddyWords(folder, caddyConfig(block, files, wishes))];
  const child = spawn(program, words, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
  });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const killChild = (): void => void child.kill("SIGKILL");
  process.once("exit", killChild);
  const url = `https://${name}:${wishes.port}`;
  await untilItAnswers(child, wishes, () => said);
  return {
    url,
    ca: certificate.cert,
    caFile: files.cert,
    chromiumFlags: [
      `--ignore-certificate-errors-spki-list=${keyHash(certificate.cert)}`,
      `--host-resolver-rules=MAP ${name} 127.0.0.1`,
    ],
    async [Symbol.asyncDispose]() {
      process.off("exit", killChild);
      child.kill(kind === "nginx" ? "SIGQUIT" : "SIGTERM");
      const grace = new AbortController();
      const late = setTimeout(2000, undefined, { signal: grace.signal }).then(
        () => child.kill("SIGKILL"),
        () => undefined,
      );
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      grace.abort();
      await late;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** SHA-256 of the public key, as browsers name one. */
function keyHash(certificate: string): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(key).digest("base64");
}

/** The block of docs/network.md below its mark. */
export function printedBlock(kind: ProxyKind): string {
  const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "network.md"), "utf8");
  const block = new RegExp(`<!-- tested: ${kind} -->\\s+\`\`\`${kind}\\n(.*?)\`\`\``, "s").exec(page)?.[1];
  if (block === undefined) throw new Error(`docs/network.md has no tested block for ${kind}`);
  return block;
}

function replaced(text: string, replacements: Record<string, string>): string {
  let result = text;
  for (const [from, to] of Object.entries(replacements)) {
    if (!result.includes(from)) throw new Error(`the block in docs/network.md has no "${from}"`);
    result = result.replaceAll(from, to);
  }
  return result;
}

interface Files {
  readonly cert: string;
  readonly key: string;
}

function nginxConfig(
  folder: string,
  block: string,
  files: Files,
  { port, upstreamPort, name = "localhost" }: ProxyWishes,
): string {
  const server = replaced(block, {
    "listen 443 ssl": `listen 127.0.0.1:${port} ssl`,
    "server_name chat.example.org": `server_name ${name}`,
    "/etc/letsencrypt/live/chat.example.org/fullchain.pem": files.cert,
    "/etc/letsencrypt/live/chat.example.org/privkey.pem": files.key,
    "127.0.0.1:3210": `127.0.0.1:${upstreamPort}`,
  });
  const kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const places = kinds.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join("\n");
  const user = process.getuid?.() === 0 ? "user root;\n" : "";
  return `${user}daemon off;\npid ${folder}/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${places}\n${server}}\n`;
}

function nginxWords(folder: string, config: string): string[] {
  writeFileSync(join(folder, "nginx.conf"), config);
  return ["-p", folder, "-e", "stderr", "-c", join(folder, "nginx.conf")];
}

/** The names are ours and the certificate is made here; Caddy would get one from the outside. */
function caddyConfig(block: string, files: Files, wishes: ProxyWishes): string {
  const { port, upstreamPort, name = "localhost" } = wishes;
  const site = replaced(block, {
    "chat.example.org {": `https://${name}:${port} {\n\tbind 127.0.0.1\n\ttls ${files.cert} ${files.key}`,
    "127.0.0.1:3210": `127.0.0.1:${upstreamPort}`,
  });
  return `{\n\tadmin off\n\tauto_https off\n}\n${site}`;
}

function caddyWords(folder: string, config: string): string[] {
  writeFileSync(join(folder, "Caddyfile"), config);
  return ["run", "--adapter", "caddyfile", "--config", join(folder, "Caddyfile")];
}

const patienceMs = 30_000;
const askAgainMs = 50;

/** Any answer will do: the server behind it may not run yet. */
async function untilItAnswers(child: ChildProcess, wishes: ProxyWishes, said: () => string): Promise<void> {
  const { port, name = "localhost" } = wishes;
  const site = { host: "127.0.0.1", port, servername: name, headers: { host: `${name}:${port}` } };
  const answers = (): Promise<boolean> =>
    new Promise((resolve) => {
      get({ ...site, agent: false, rejectUnauthorized: false }, (response) => {
        response.resume();
        resolve(true);
      }).on("error", () => resolve(false));
    });
  for (const deadline = Date.now() + patienceMs; !(await answers()); await setTimeout(askAgainMs)) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`the proxy does not answer:\n${said()}`);
  }
}
