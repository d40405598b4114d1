// An endpoint is described once: the server serves this value, the browser calls it, the API description prints it.
import type * as z from "zod/mini";

/**
 * Who may call an endpoint. Every endpoint must say so: the field is required, and a test compares the server's
 * real routes with the described ones.
 * `public`: no session needed. `member`: any signed-in person. `admin`: owner or admin. `owner`: owners alone. `api`: an
 * API key (or a session).
 */
export type Access = "public" | "member" | "admin" | "owner" | "api";

/** What kind of row the id in the path names, so that the access test can try own and foreign ids. */
export type Resource =
  | "chat"
  | "message"
  | "run"
  | "api-key"
  | "session"
  | "passkey"
  | "user"
  | "invitation"
  | "model"
  | "model-place"
  | "model-upload"
  | "model-download"
  | "provider"
  | "backup";

export interface Endpoint<
  Params extends z.ZodMiniType = z.ZodMiniType,
  Query extends z.ZodMiniType = z.ZodMiniType,
  Body extends z.ZodMiniType = z.ZodMiniType,
  Response extends z.ZodMiniType = z.ZodMiniType,
  Events extends z.ZodMiniType = z.ZodMiniType,
> {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path with `:name` parameters, for example `/api/chats/:chatId`. */
  readonly path: string;
  readonly summary: string;
  readonly access: Access;
  readonly resource?: Resource;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** The body is bytes as they are, at most so many, instead of `body`; the handler reads the stream. */
  readonly bytes?: { readonly maxBytes: number };
  /** JSON answer. Left out where there is none (204) or where `events` is given. */
  readonly response?: Response;
  /** The events of a server-sent event stream, instead of a response. */
  readonly events?: Events;
  /** HTTP status of success; 200 with a response, 204 without, unless said otherwise. */
  readonly status?: number;
}

export function endpoint<
  Params extends z.ZodMiniType = z.ZodMiniType<undefined>,
  Query extends z.ZodMiniType = z.ZodMiniType<undefined>,
  Body extends z.ZodMiniType = z.ZodMiniType<undefined>,
  Response extends z.ZodMiniType = z.ZodMiniType<undefined>,
  Events extends z.ZodMiniType = z.ZodMiniType<undefined>,
>(description: Endpoint<Params, Query, Body, Response, Events>): Endpoint<Params, Query, Body, Response, Events> {
  return description;
}

export type ParamsOf<E extends Endpoint> = z.infer<NonNullable<E["params"]>>;
export type QueryOf<E extends Endpoint> = z.infer<NonNullable<E["query"]>>;
export type BodyOf<E extends Endpoint> = z.infer<NonNullable<E["body"]>>;
export type ResponseOf<E extends Endpoint> = z.infer<NonNullable<E["response"]>>;
export type EventOf<E extends Endpoint> = z.infer<NonNullable<E["events"]>>;
