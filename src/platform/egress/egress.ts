// The one way out: every connection that leaves this process is looked up, judged, pinned to what was judged, and logged
// here. No proxy but the one that was named, no redirect but where a call asks for it, no connection kept for another call,
// certificates always checked.
import { Agent as HttpAgent, type IncomingMessage, type RequestOptions, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { isIP, type LookupFunction, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import { AppError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { connectionProblem } from "./connection-problem.ts";
import type { Reach } from "./judge-address.ts";
import { goesThroughProxy, openTunnel, type OutgoingProxy } from "./outgoing-proxy.ts";
import { isRedirect, nextHop } from "./next-hop.ts";
import { readBody } from "./read-body.ts";
import { notAllowed, type Resolve, resolveBySystem, resolveTarget, type Target } from "./resolve-target.ts";

export interface EgressRequest {
  readonly method: "GET" | "POST" | "HEAD";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Aborting closes the connection at once; the call and its body then throw the signal's reason. */
  readonly signal: AbortSignal;
  readonly reach: Reach;
  /** Refused where it is left out. Only a GET or HEAD is sent on; each hop is looked up and judged anew. */
  readonly redirects?: "follow";
  readonly timeouts?: Partial<EgressTimeouts>;
}

export interface EgressTimeouts {
  /** Look-up, connection and TLS together. */
  readonly connectMs: number;
  /** From the request to the answer's head. */
  readonly firstByteMs: number;
  /** Between two pieces of the body. */
  readonly idleMs: number;
}

export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

export interface EgressResponse {
  readonly status: number;
  readonly headers: ResponseHeaders;
  /** What those said that sent on to the one that answered, in order. */
  readonly sentOnBy: readonly ResponseHeaders[];
  /** When the certificate of the other side expires; null without TLS. */
  readonly certificateEndsAt: number | null;
  /** Read it or leave its loop: either closes the connection. Throws AppError service_unreachable or service_silent. */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface Egress {
  /** Throws AppError address_not_allowed, service_unreachable, service_silent or service_redirects. */
  request(url: string | URL, request: EgressRequest): Promise<EgressResponse>;
}

export interface EgressParts {
  readonly logger: Pick<Logger, "info">;
  readonly resolve?: Resolve;
  /** Through which calls leave; none where it is left out. */
  readonly proxy?: OutgoingProxy | null;
  /** Trusted instead of those that Node.js brings. */
  readonly certificateAuthorities?: string;
}

const defaultTimeouts: EgressTimeouts = { connectMs: 15_000, firstByteMs: 120_000, idleMs: 120_000 };
const maxHeaderBytes = 32_768;

export function createEgress(parts: EgressParts): Egress {
  const { logger, resolve = resolveBySystem, certificateAuthorities, proxy = null } = parts;
  return {
    async request(address, wanted) {
      const sentOnBy: ResponseHeaders[] = [];
      for (let hop = { address, wanted }; ;) {
        const response = await send(hop.address, hop.wanted);
        if (!isRedirect(response.status)) return { ...response, sentOnBy };
        hop = nextHop(response, hop.wanted, sentOnBy.length);
        sentOnBy.push(response.headers);
      }
    },
  };

  async function send(
    address: string | URL,
    wanted: EgressRequest,
  ): Promise<Omit<EgressResponse, "sentOnBy"> & { readonly url: URL }> {
    const startedAt = performance.now();
    const timeouts = { ...defaultTimeouts, ...wanted.timeouts };
    const connecting = createDeadline(wanted.signal, timeouts.connectMs);
    let host = "";
    let status: number | null = null;
    try {
      wanted.signal.throwIfAborted();
      const isProxied = proxy !== null && goesThroughProxy(proxy, new URL(address));
      const find = resolveTarget(address, wanted.reach, resolve, { mayBeBeyond: isProxied });
      const target = await connecting.race(find);
      host = target.url.host;
      // What is inside here needs no proxy, nor would one lead there.
      const way = isProxied && target.places.every((place) => place === "public") ? proxy : null;
      const tunnel = way && (await connecting.race(tunnelTo(way, target, wanted.signal, connecting)));
      const response = await open(target, wanted, timeouts, connecting, { ca: certificateAuthorities, tunnel });
      status = response.statusCode ?? 0;
      const certificateEndsAt = endOfCertificate(response.socket);
      if (isRedirect(status)) response.destroy();
      return {
        url: target.url,
        status,
        headers: response.headers,
        certificateEndsAt,
        body: readBody(response, host, timeouts.idleMs, wanted.signal),
      };
    } catch (error) {
      wanted.signal.throwIfAborted();
      throw connectionProblem(error, host || nameOf(address));
    } finally {
      connecting.clear();
      const ms = Math.round(performance.now() - startedAt);
      logger.info({ event: "outgoing-call", host: host || nameOf(address), method: wanted.method, status, ms });
    }
  }
}

function open(
  target: Target,
  wanted: EgressRequest,
  timeouts: EgressTimeouts,
  connecting: Deadline,
  { ca, tunnel }: { readonly ca: string | undefined; readonly tunnel: Socket | null },
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const isTls = target.url.protocol === "https:";
  const tls = {
    // Said here so that no environment variable can say otherwise.
    rejectUnauthorized: true,
    servername: isIP(target.name) === 0 ? target.name : "",
    ...(ca === undefined ? {} : { ca }),
  };
  const options: RequestOptions & typeof tls = {
    method: wanted.method,
    host: target.name,
    port: target.url.port === "" ? undefined : Number(target.url.port),
    path: target.url.pathname + target.url.search,
    headers: { ...wanted.headers, host: target.url.host },
    agent: isTls ? new HttpsAgent({ keepAlive: false }) : new HttpAgent({ keepAlive: false }),
    lookup: pinTo(target),
    maxHeaderSize: maxHeaderBytes,
    signal: wanted.signal,
    ...tls,
    ...(tunnel === null
      ? {}
      : { agent: undefined, createConnection: () => connectTls({ socket: tunnel, host: target.name, ...tls }) }),
  };
  const request = (isTls ? requestHttps : requestHttp)(options);
  const silent = (ms: number) => () => request.destroy(silence(target.url.host, ms));
  connecting.onOver(silent(timeouts.connectMs));
  let waiting: NodeJS.Timeout | undefined;
  request.once("socket", (socket) => {
    socket.once(isTls ? "secureConnect" : "connect", () => {
      connecting.clear();
      if (tunnel === null && !isPinned(target, socket)) {
        request.destroy(notAllowed(target.url.host, "address_moved"));
      }
      waiting = setTimeout(silent(timeouts.firstByteMs), timeouts.firstByteMs);
    });
  });
  request.once("response", resolve);
  request.on("error", reject);
  request.end(wanted.body);
  return promise.finally(() => clearTimeout(waiting));
}

function tunnelTo(
  proxy: OutgoingProxy,
  { name, url }: Target,
  signal: AbortSignal,
  deadline: Deadline,
): Promise<Socket> {
  return openTunnel(proxy, name, url.port === "" ? 443 : Number(url.port), signal, deadline);
}

function endOfCertificate(socket: Socket): number | null {
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  return certificate ? Date.parse(certificate.validTo) : null;
}

/** Node.js asks this instead of the system: no second look-up can answer something else. */
function pinTo({ addresses }: Target): LookupFunction {
  return (_name, options, callback) => {
    if (options.all) callback(null, [...addresses]);
    else callback(null, addresses[0]!.address, addresses[0]!.family);
  };
}

function isPinned({ addresses }: Target, socket: Socket): boolean {
  const { remoteAddress } = socket;
  return remoteAddress === undefined || addresses.some(({ address }) => sameAddress(address, remoteAddress));
}

function sameAddress(one: string, other: string): boolean {
  return one.replace(/^::ffff:/, "") === other.replace(/^::ffff:/, "") || normal(one) === normal(other);
}

/** The shortest form of an IPv6 address, which is how the URL parser writes it. */
function normal(address: string): string {
  return isIP(address) === 6 ? new URL(`http://[${address}]/`).hostname : address;
}

export function silence(host: string, ms: number): AppError {
  return new AppError("service_silent", { host, seconds: Math.ceil(ms / 1000) });
}

interface Deadline {
  /** Rejects when the time is over or the signal aborts. */
  race<Value>(work: Promise<Value>): Promise<Value>;
  /** Called when the time is over. */
  onOver(act: () => void): void;
  clear(): void;
}

function createDeadline(signal: AbortSignal, ms: number): Deadline {
  const { promise: over, reject } = Promise.withResolvers<never>();
  over.catch(() => {});
  let act = (): void => {};
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  const timer = setTimeout(() => {
    act();
    reject(Object.assign(new Error("too slow"), { code: "ETIMEDOUT" }));
  }, ms);
  return {
    race: (work) => Promise.race([work, over]),
    onOver: (next) => (act = next),
    clear() {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    },
  };
}

function nameOf(address: string | URL): string {
  return URL.canParse(String(address)) ? new URL(address).host : "this address";
}
