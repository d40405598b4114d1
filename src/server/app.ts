// The HTTP server with every route, before it listens. What all routes share is here: request ids, security headers,
// the origin check, errors, one log line per request.
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import cookie from "@fastify/cookie";
import helmet from "@fastify/helmet";
import fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest, LogController } from "fastify";
import type { Endpoint } from "../contract/endpoint.ts";
import { AppError } from "../platform/errors.ts";
import { createServe, type Serve } from "../platform/http/serve-endpoint.ts";
import type { TlsServers } from "../platform/http/tls-server.ts";
import type { Logger } from "../platform/logger.ts";
import { createAuthenticate, type Credentials } from "./authenticate.ts";
import { checkOrigin, checkSource } from "./check-origin.ts";
import { sendError } from "./error-responses.ts";
import { getApiDescription, getHealth, getReadiness, type Readiness } from "./health-contract.ts";
import { describeApi } from "./openapi.ts";
import { addSecureAddress } from "./secure-address.ts";
import { serveWeb } from "./serve-web.ts";
import { serveStreamCheck } from "./stream-check.ts";

export interface AppOptions {
  readonly version: string;
  readonly logger: Logger;
  readonly allowedHosts: readonly string[];
  readonly trustedProxies: readonly string[];
  /** The address listened on. */
  readonly host: string;
  /** The origin that people open, where it is another than the one listened on. */
  readonly publicUrl?: string | undefined;
  /** Without them plain HTTP is spoken. */
  readonly tls?: TlsServers | undefined;
  /** The built web app; null serves the API alone. */
  readonly webFolder: string | null;
  readonly credentials: Credentials;
  readonly readiness: () => Promise<Readiness>;
  /** Registers the features' routes. */
  readonly routes: (serve: Serve) => void;
}

/** A conversation of 200,000 characters in any script, several times over. */
const maxBodyBytes = 8_000_000;

/** Longer than the idle time after which proxies let go, so that they never send into a closing connection. */
const keepAliveTimeoutMs = 72_000;

export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const logger: FastifyBaseLogger = options.logger;
  const app: FastifyInstance = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "requestId" }),
    requestIdHeader: false,
    genReqId: (request) =>
      acceptedRequestId(request.headers["x-request-id"]) ?? `req_${randomBytes(12).toString("base64url")}`,
    bodyLimit: maxBodyBytes,
    keepAliveTimeout: keepAliveTimeoutMs,
    requestTimeout: 120_000,
    trustProxy: options.trustedProxies.length > 0 ? [...options.trustedProxies] : false,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    return503OnClosing: true,
    routerOptions: { ignoreTrailingSlash: true },
    clientErrorHandler: answerUnreadable,
    frameworkErrors: (error, request, reply) => sendError(request, reply, foreignSource(request, options) ?? error),
    ...(options.tls ? { serverFactory: options.tls.create } : {}),
  });
  const endpoints = collectEndpoints(app);
  app.setErrorHandler((error, request, reply) => sendError(request, reply, error));
  await app.register(cookie);
  await app.register(helmet, securityHeaders);
  app.addHook("onRequest", async (request, reply) => {
    void reply.header("x-request-id", request.id);
    checkOrigin(request, options);
  });
  addSecureAddress(app, options);
  logRequests(app);
  const serve = createServe(app, createAuthenticate(options.credentials), options.credentials.openCalls);
  serveHealth(serve, options, endpoints);
  serveStreamCheck(serve);
  options.routes(serve);
  await serveWeb(app, options.webFolder);
  return app;
}

/** An address that cannot be read has no route and passes no hook. */
function foreignSource(request: FastifyRequest, options: AppOptions): unknown {
  try {
    checkSource(request, options);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** What is no HTTP has no route and no request: one fixed answer in our form, then the end. */
function answerUnreadable(_error: Error, socket: Socket): void {
  if (socket.writable) {
    const body = JSON.stringify({
      error: {
        code: "invalid_request",
        message: new AppError("invalid_request", { problem: "it is not HTTP" }).message,
      },
    });
    socket.write(
      `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
    );
  }
  socket.destroy();
}

/** A route without a description has no policy: the server does not start with one. Files of the web app are the exception. */
function collectEndpoints(app: FastifyInstance): readonly Endpoint[] {
  const endpoints: Endpoint[] = [];
  app.addHook("onRoute", (route) => {
    const endpoint = route.config?.endpoint;
    if (endpoint) {
      endpoints.push(endpoint);
    } else if (route.url !== "/*" || ![route.method].flat().every((method) => method === "GET" || method === "HEAD")) {
      throw new Error(
        `the route ${String(route.method)} ${route.url} has no described endpoint, so nobody has said who may call it`,
      );
    }
  });
  return endpoints;
}

const securityHeaders = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      // Rendered formulas and highlighted code carry style attributes; style elements stay forbidden.
      styleSrcAttr: ["'unsafe-inline'"],
      imgSrc: ["'self'", "data:", "blob:"],
      connectSrc: ["'self'"],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
      formAction: ["'self'"],
    },
  },
  // These two are sent by secure-address.ts, where the browser speaks TLS.
  strictTransportSecurity: false,
  crossOriginOpenerPolicy: false,
  // No page of ours has another origin of the same site in its process to be kept from.
  originAgentCluster: false,
  referrerPolicy: { policy: "no-referrer" as const },
};

function acceptedRequestId(header: string | string[] | undefined): string | undefined {
  return typeof header === "string" && /^[\w.:-]{1,64}$/.test(header) ? header : undefined;
}

/** The route's pattern, never the address: ids and queries stay out of the log. */
function logRequests(app: FastifyInstance): void {
  app.addHook("onResponse", async (request, reply) => {
    const fields = {
      event: "request-end",
      method: request.method,
      route: request.routeOptions.url ?? "none",
      status: reply.statusCode,
      client: request.ip,
      ms: Math.round(reply.elapsedTime),
    };
    const isQuiet = request.routeOptions.url === "/*" || request.url === "/healthz" || request.url === "/readyz";
    request.log[isQuiet ? "debug" : "info"](fields);
  });
}

function serveHealth(serve: Serve, options: AppOptions, endpoints: readonly Endpoint[]): void {
  serve(getHealth, () => ({ status: "alive" }) as const);
  serve(getReadiness, async ({ reply }) => {
    const readiness = await options.readiness();
    void reply.code(readiness.status === "ready" || readiness.status === "degraded" ? 200 : 503);
    return readiness;
  });
  serve(getApiDescription, () => describeApi(endpoints, options.version));
}
