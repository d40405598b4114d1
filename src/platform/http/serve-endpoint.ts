// Turns a described endpoint into a route: access first, then the shapes, then the handler, and the answer is cut to
// its described shape so that nothing else can leak out.
import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import * as z from "zod/mini";
import type { Access, BodyOf, Endpoint, EventOf, ParamsOf, QueryOf, ResponseOf } from "../../contract/endpoint.ts";
import { checkValue } from "../check-value.ts";
import { AppError } from "../errors.ts";
import { formatBytes } from "../format-bytes.ts";
import type { OpenCalls } from "./open-calls.ts";
import type { Principal } from "./principal.ts";
import { type ServerSentEvent, streamEvents } from "./stream-events.ts";

/** Answers who asks, or throws not_signed_in, invalid_api_key or not_allowed; null only where access is public. */
export type Authenticate = (request: FastifyRequest, access: Access) => Promise<Principal | null>;

export interface Call<E extends Endpoint> {
  readonly params: ParamsOf<E>;
  readonly query: QueryOf<E>;
  readonly body: BodyOf<E>;
  /** The body of an endpoint that takes bytes, as it comes; ends with body_too_large where it is longer than said. */
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly principal: E["access"] extends "public" ? Principal | null : Principal;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Aborted when the client has gone, or may not be here any more. */
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

/** So long a call whose credential has ended may take to say so; a reader that takes nothing is cut off then. */
const farewellMs = 500;

export function createServe(app: FastifyInstance, authenticate: Authenticate, openCalls: OpenCalls): Serve {
  return (endpoint, handler) =>
    withParser(app, endpoint, (context) => {
      context.route({
        method: endpoint.method,
        url: endpoint.path,
        config: { endpoint },
        handler: async (request, reply) => {
          using admission = admit(openCalls, reply);
          const principal = await authenticate(request, endpoint.access);
          if (principal) {
            admission.of(principal);
          }
          const call = {
            params: check(endpoint.params, request.params, "path"),
            query: check(endpoint.query, request.query, "query"),
            body: check(endpoint.body, request.body ?? (endpoint.body ? {} : undefined), "body"),
            bytes: bytesOf(request, endpoint),
            principal,
            request,
            reply,
            signal: admission.signal,
          };
          const answer = await handler(call as never);
          // Each awaited: the call is open until its answer has been sent.
          if (reply.sent) {
            return await reply;
          }
          if (endpoint.events && !endpoint.response) {
            return await streamEvents(reply, answer as AsyncIterable<ServerSentEvent<unknown>>);
          }
          if (!endpoint.response) {
            return await reply.code(endpoint.status ?? 204).send();
          }
          // A handler may have chosen another status already (readiness answers 503 with its body).
          return await reply.code(endpoint.status ?? reply.statusCode).send(z.parse(endpoint.response, answer));
        },
      });
    });
}

/** Only routes that say so take bytes: to all others such a body is none that they know. */
function withParser(app: FastifyInstance, { bytes }: Endpoint, register: (context: FastifyInstance) => void): void {
  if (!bytes) {
    register(app);
    return;
  }
  void app.register(async (context) => {
    context.removeAllContentTypeParsers();
    context.addContentTypeParser("application/octet-stream", { bodyLimit: bytes.maxBytes }, (_request, payload, done) =>
      done(null, payload),
    );
    register(context);
  });
}

async function* bytesOf({ body, headers }: FastifyRequest, { bytes }: Endpoint): AsyncGenerator<Uint8Array> {
  if (!bytes || !(body instanceof Readable)) {
    return;
  }
  const tooLarge = new AppError("body_too_large", { limit: formatBytes(bytes.maxBytes) });
  if (Number(headers["content-length"] ?? 0) > bytes.maxBytes) {
    throw tooLarge;
  }
  let taken = 0;
  try {
    // Not ended with the loop: that would cut the connection before the answer.
    for await (const piece of body.iterator({ destroyOnReturn: false })) {
      taken += (piece as Uint8Array).length;
      if (taken > bytes.maxBytes) {
        throw tooLarge;
      }
      yield piece as Uint8Array;
    }
  } finally {
    // What was not wanted is read and dropped: a sender that is still sending would not hear the answer.
    body.resume();
  }
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** The description this route serves; routes without one are listed by the access test. */
    endpoint?: Endpoint;
  }
  interface FastifyRequest {
    /** Whoever speaks TLS with the browser, this server or a proxy: a cookie that is given now may be marked Secure. */
    readonly isOverTls: boolean;
    /** What the links begin with that people are to open. */
    readonly publicOrigin: string;
  }
}

function check(schema: z.ZodMiniType | undefined, value: unknown, where: string): unknown {
  return schema && checkValue(schema, value, `the ${where}`, "");
}

interface Admission extends Disposable {
  readonly signal: AbortSignal;
  of(principal: Principal): void;
}

/** One call's signal: it is aborted when the client has gone, and when the credential that opened the call has ended. */
function admit(openCalls: OpenCalls, reply: FastifyReply): Admission {
  const controller = new AbortController();
  const opening = openCalls.opening();
  let farewell: NodeJS.Timeout | undefined;
  abortWhenGone(controller, reply);
  return {
    signal: controller.signal,
    of(principal) {
      opening.admit(principal, (reason) => {
        farewell = setTimeout(() => reply.raw.destroy(), farewellMs).unref();
        controller.abort(reason);
      });
    },
    [Symbol.dispose]() {
      clearTimeout(farewell);
      opening.close();
    },
  };
}

/** The response's `close`, not the request's: the request closes as soon as its body has been read. */
function abortWhenGone(controller: AbortController, reply: FastifyReply): void {
  const onClose = () => {
    if (!reply.raw.writableFinished) {
      controller.abort(new Error("the client has gone"));
    }
  };
  // The client may have left already; then no `close` comes any more.
  if (reply.raw.destroyed) {
    onClose();
  } else {
    reply.raw.once("close", onClose);
  }
}
