// TLS on the server's port. Who speaks plain HTTP there typed the address without https: they are sent on to it.
import { createServer as createHttpServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import type { Socket } from "node:net";
import { AppError } from "../errors.ts";
import type { TlsCredentials } from "./tls-files.ts";

/** Time for a connection to say which of the two it speaks, and then to end its handshake. */
const handshakeMs = 10_000;
/** The first byte of every TLS connection: the record type "handshake". */
const tlsHandshake = 22;

export interface TlsServers {
  /** For Fastify's `serverFactory`; it may ask for several (a name with several addresses). */
  create(handler: RequestListener, options: { keepAliveTimeout?: number; requestTimeout?: number }): Server;
  /** New connections get the new certificate; open ones go on as they are. */
  renew(credentials: TlsCredentials): void;
}

/** `isOwnHost` decides whether a plain request's Host is one to send people to. */
export function createTlsServers(credentials: TlsCredentials, isOwnHost: (host: string) => boolean): TlsServers {
  let current = credentials;
  const servers: HttpsServer[] = [];
  return {
    create(handler, { keepAliveTimeout, requestTimeout }) {
      const { cert, key } = current;
      const options = { cert, key, minVersion: "TLSv1.2" as const, handshakeTimeout: handshakeMs };
      const server = createHttpsServer({ ...options, keepAliveTimeout, requestTimeout }, handler);
      sendPlainHttpOn(server, isOwnHost);
      servers.push(server);
      return server;
    },
    renew(renewed) {
      current = renewed;
      const { cert, key } = renewed;
      servers.forEach((server) => server.setSecureContext({ cert, key, minVersion: "TLSv1.2" }));
    },
  };
}

/** Puts a look at the first byte in front of the handshake; Node takes up what was read and put back. */
function sendPlainHttpOn(server: HttpsServer, isOwnHost: (host: string) => boolean): void {
  const plain = createHttpServer((request, response) => {
    const { host = "" } = request.headers;
    const path = request.url ?? "";
    const isOwn = isOwnHost(host) && path.startsWith("/");
    answerPlain(response, request.method ?? "", isOwn ? `https://${host}${path}` : null);
  });
  const handshakes = server.listeners("connection");
  const open = new Set<Socket>();
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.setTimeout(handshakeMs, () => socket.destroy());
    const look = (): void => {
      const first = socket.read(1) as Buffer | null;
      if (first === null) {
        return;
      }
      socket.off("readable", look);
      socket.setTimeout(0);
      socket.unshift(first);
      if (first[0] === tlsHandshake) {
        handshakes.forEach((handshake) => void handshake.call(server, socket));
      } else {
        plain.emit("connection", socket);
      }
    };
    socket.on("readable", look);
  });
  // Also those that have not ended their handshake: a stop does not wait for them.
  const closeThoseThatAsk = server.closeAllConnections.bind(server);
  server.closeAllConnections = () => {
    closeThoseThatAsk();
    open.forEach((socket) => socket.destroy());
  };
}

function answerPlain(response: ServerResponse, method: string, address: string | null): void {
  const { status, code, message } = new AppError("tls_needed");
  const isPage = address !== null && (method === "GET" || method === "HEAD");
  response.writeHead(isPage ? 308 : status, {
    "content-type": "application/json",
    connection: "close",
    ...(isPage ? { location: address } : {}),
  });
  response.end(JSON.stringify({ error: { code, message } }));
}
