// Turns a described endpoint into a route: access first, then the shapes, then the handler, and the answer is cut to
// its described shape so that nothing else can leak out.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import * as z from "zod/mini";
import type { Access, BodyOf, Endpoint, EventOf, ParamsOf, QueryOf, ResponseOf } from "../../contract/endpoint.ts";
import { checkValue } from "../check-value.ts";
import { type ServerSentEvent, streamEvents } from "./stream-events.ts";
import type { Principal } from "./principal.ts";

/** Answers who asks, or throws not_signed_in, invalid_api_key or not_allowed; null only where access is public. */
export type Authenticate = (request: FastifyRequest, access: Access) => Promise<Principal | null>;

export interface Call<E extends Endpoint> {
  readonly params: ParamsOf<E>;
  readonly query: QueryOf<E>;
  readonly body: BodyOf<E>;
  readonly principal: E["access"] extends "public" ? Principal | null : Principal;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
}

/**
 * What a handler answers: the described response, or for a stream its events. Where an endpoint has both, the request
 * decides: the handler answers the response, or writes the stream itself and answers its reply.
 */
export type Answer<E extends Endpoint> = [EventOf<E>] extends [undefined]
  ? ResponseOf<E> extends undefined
    ? void
    : ResponseOf<E>
  : ResponseOf<E> extends undefined
    ? AsyncIterable<ServerSentEvent<EventOf<E>>>
    : ResponseOf<E> | FastifyReply;

export type Serve = <E extends Endpoint>(
  endpoint: E,
  handler: (call: Call<E>) => Promise<Answer<E>> | Answer<E>,
) => void;

export function createServe(app: FastifyInstance, authenticate: Authenticate): Serve {
  return (endpoint, handler) => {
    app.route({
      method: endpoint.method,
      url: endpoint.path,
      config: { endpoint },
      handler: async (request, reply) => {
        const principal = await authenticate(request, endpoint.access);
        const call = {
          params: check(endpoint.params, request.params, "path"),
          query: check(endpoint.query, request.query, "query"),
          body: check(endpoint.body, request.body ?? (endpoint.body ? {} : undefined), "body"),
          principal,
          request,
          reply,
          signal: abortedWhenGone(reply),
        };
        const answer = await handler(call as never);
        if (reply.sent) {
          return reply;
        }
        if (endpoint.events && !endpoint.response) {
          return streamEvents(reply, answer as AsyncIterable<ServerSentEvent<unknown>>);
        }
        if (!endpoint.response) {
          return reply.code(endpoint.status ?? 204).send();
        }
        // A handler may have chosen another status already (readiness answers 503 with its body).
        return reply.code(endpoint.status ?? reply.statusCode).send(z.parse(endpoint.response, answer));
      },
    });
  };
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** The description this route serves; routes without one are listed by the access test. */
    endpoint?: Endpoint;
  }
}

function check(schema: z.ZodMiniType | undefined, value: unknown, where: string): unknown {
  return schema && checkValue(schema, value, `the ${where}`, "");
}

/** The response's `close`, not the request's: the request closes as soon as its body has been read. */
export function abortedWhenGone(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  const onClose = () => {
    if (!reply.raw.writableFinished) {
      controller.abort(new Error("the client has gone"));
    }
  };
  // While the credentials were checked the client may have left; then no `close` comes any more.
  if (reply.raw.destroyed) {
    onClose();
  } else {
    reply.raw.once("close", onClose);
  }
  return controller.signal;
}
