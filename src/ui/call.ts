// Calls an endpoint of a contract. The types come from the contract; answers are not checked again in the browser.
import type { BodyOf, Endpoint, EventOf, ParamsOf, QueryOf, ResponseOf } from "../contract/endpoint.ts";
import { readEvents } from "./event-stream.ts";
import { readProblem, ServerProblem } from "./server-problem.ts";

type Field<Name extends string, Value> = [Value] extends [undefined]
  ? { readonly [key in Name]?: undefined }
  : Record<never, never> extends Value
    ? { readonly [key in Name]?: Value }
    : { readonly [key in Name]: Value };

export type CallOptions<E extends Endpoint> = Field<"params", ParamsOf<E>> &
  Field<"query", QueryOf<E>> &
  Field<"body", BodyOf<E>> & {
    readonly signal?: AbortSignal;
    /** Of an endpoint that takes bytes. */
    readonly bytes?: ArrayBuffer;
  };

/** One event of a stream, with its id (null where it has none yet). */
export interface Received<Event> {
  readonly id: string | null;
  readonly event: Event;
}

type Result<E extends Endpoint> = [EventOf<E>] extends [undefined]
  ? Promise<ResponseOf<E>>
  : AsyncIterable<Received<EventOf<E>>>;

interface Parts {
  readonly params?: Record<string, string> | undefined;
  readonly query?: Record<string, string | number | undefined> | undefined;
  readonly body?: unknown;
  readonly bytes?: ArrayBuffer;
  readonly signal?: AbortSignal;
}

/** Throws `ServerProblem`; an abort throws the signal's reason. A streaming endpoint gives an async iterator of events. */
export function call<E extends Endpoint>(
  endpoint: E,
  ...[options]: Record<never, never> extends CallOptions<E> ? [options?: CallOptions<E>] : [options: CallOptions<E>]
): Result<E> {
  const parts = (options ?? {}) as Parts;
  return (endpoint.events === undefined ? callOnce(endpoint, parts) : callStream(endpoint, parts)) as Result<E>;
}

async function callOnce(endpoint: Endpoint, parts: Parts): Promise<unknown> {
  const response = await request(endpoint, parts, "application/json");
  if (response.status === 204) return undefined;
  return await response.json();
}

async function* callStream(endpoint: Endpoint, parts: Parts): AsyncGenerator<Received<unknown>> {
  const response = await request(endpoint, parts, "text/event-stream");
  if (response.body === null) return;
  try {
    for await (const { id, data } of readEvents(response.body)) yield { id, event: JSON.parse(data) };
  } catch (cause) {
    if (parts.signal?.aborted === true || cause instanceof ServerProblem) throw cause;
    throw new ServerProblem("network", "The connection was lost.", 0);
  }
}

async function request(endpoint: Endpoint, parts: Parts, accept: string): Promise<Response> {
  const headers: Record<string, string> = { accept };
  // The server refuses changes without this header: another site's form cannot set it.
  if (endpoint.method !== "GET") headers["x-shobar-request"] = "1";
  if (parts.body !== undefined) headers["content-type"] = "application/json";
  const init: RequestInit = { method: endpoint.method, headers, credentials: "same-origin", cache: "no-store" };
  if (parts.body !== undefined) init.body = JSON.stringify(parts.body);
  if (parts.bytes !== undefined) {
    headers["content-type"] = "application/octet-stream";
    init.body = parts.bytes;
  }
  if (parts.signal !== undefined) init.signal = parts.signal;
  const response = await fetch(addressOf(endpoint, parts), init).catch((cause: unknown) => {
    if (parts.signal?.aborted === true) throw cause;
    throw new ServerProblem("network", "The server cannot be reached.", 0);
  });
  if (!response.ok) throw await readProblem(response);
  return response;
}

function addressOf(endpoint: Endpoint, { params, query }: Parts): string {
  const path = endpoint.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params?.[name] ?? ""));
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== undefined);
  return pairs.length === 0
    ? path
    : `${path}?${new URLSearchParams(pairs.map(([name, value]) => [name, String(value)]))}`;
}
