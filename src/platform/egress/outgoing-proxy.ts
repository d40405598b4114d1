// The proxy through which calls leave networks that let nothing else out: named by a setting or, as other programs have it, by
// HTTPS_PROXY and NO_PROXY. It sees the name that is called and nothing of what is said: TLS goes through it to the other side.
import { request } from "node:http";
import { isIP, type Socket } from "node:net";
import { because } from "../../contract/reasons.ts";
import { AppError } from "../errors.ts";
import { connectionProblem } from "./connection-problem.ts";

export interface OutgoingProxy {
  /** http://HOST:PORT, a name and password in it where it wants them. */
  readonly url: URL;
  /** As NO_PROXY has it: names, `.of.all.below`, `*`, each with a port where that matters. */
  readonly except: readonly string[];
}

export function outgoingProxyOf(url: string | undefined, except: readonly string[]): OutgoingProxy | null {
  return url === undefined ? null : { url: new URL(url), except: except.map((each) => each.trim().toLowerCase()) };
}

/** What is asked in plain text is inside the network, where no proxy is needed; so is what an IP address names. */
export function goesThroughProxy({ except }: OutgoingProxy, { protocol, hostname, port }: URL): boolean {
  if (protocol !== "https:" || isIP(hostname.replace(/^\[|\]$/g, "")) !== 0) return false;
  const isExcepted = (wanted: string): boolean => {
    if (wanted === "") return false;
    if (wanted === "*") return true;
    const [, name = "", only] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(wanted) ?? [];
    const isName = hostname === name || hostname.endsWith(`.${name}`);
    return isName && (only === undefined || only === (port || "443"));
  };
  return hostname !== "localhost" && !except.some(isExcepted);
}

/** A connection to `name` through the proxy. Throws AppError service_unreachable that names the proxy, or the signal's reason. */
export async function openTunnel(
  proxy: OutgoingProxy,
  name: string,
  port: number,
  signal: AbortSignal,
  deadline: { onOver(act: () => void): void },
): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const { url } = proxy;
  const target = `${name}:${port}`;
  const asking = request({
    method: "CONNECT",
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? 80 : Number(url.port),
    path: target,
    headers: { host: target, ...authorizationOf(url) },
    agent: false,
    signal,
  });
  deadline.onOver(() => asking.destroy(Object.assign(new Error("too slow"), { code: "ETIMEDOUT" })));
  asking.once("connect", ({ statusCode }, socket) => {
    if (statusCode === 200) return resolve(socket);
    socket.destroy();
    reject(refusal(url, statusCode));
  });
  asking.once("response", (response) => {
    response.destroy();
    reject(refusal(url, response.statusCode));
  });
  asking.on("error", (error) => reject(signal.aborted ? signal.reason : connectionProblem(error, url.host)));
  asking.end();
  return promise;
}

function authorizationOf({ username, password }: URL): Record<string, string> {
  if (username === "") return {};
  const plain = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(plain).toString("base64")}` };
}

function refusal({ host }: URL, status = 0): AppError {
  return new AppError("service_unreachable", { host, ...because("proxy_refuses", { number: status }) });
}
