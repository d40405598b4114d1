import { once } from "node:events";
import { type IncomingMessage, request as requestPlain } from "node:http";
import { get } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { connect as connectTls } from "node:tls";
import fastify, { type FastifyInstance } from "fastify";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeCertificate } from "../../../tests/support/make-certificate.ts";
import { X509Certificate } from "node:crypto";
import { createTlsServers, type TlsServers } from "./tls-server.ts";
import type { TlsCredentials } from "./tls-files.ts";

let app: FastifyInstance;
let servers: TlsServers;
let first: TlsCredentials;
let port: number;
let finishStream: () => void;

function someCredentials(): TlsCredentials {
  const made = makeCertificate();
  return { ...made, certificate: new X509Certificate(made.cert) };
}

beforeEach(async () => {
  first = someCredentials();
  servers = createTlsServers(first, (host) => host.startsWith("localhost"));
  app = fastify({ serverFactory: servers.create, forceCloseConnections: true });
  app.get("/", (request) => ({ protocol: request.protocol }));
  app.post("/", (request) => ({ length: JSON.stringify(request.body).length }));
  app.get("/stream", (_request, reply) => {
    reply.hijack();
    reply.raw.writeHead(200);
    reply.raw.write("begin");
    finishStream = () => void reply.raw.end(" end");
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  ({ port } = app.server.address() as AddressInfo);
});
afterEach(() => app.close());

async function open(path: string, ca: string): Promise<IncomingMessage> {
  const options = { host: "127.0.0.1", port, path, ca, agent: false };
  return new Promise((resolve, reject) => get(options, resolve).on("error", reject));
}

async function openPlain(method: string, host: string): Promise<IncomingMessage> {
  const options = { host: "127.0.0.1", port, path: "/chats/1?x=2", method, agent: false, headers: { host } };
  return new Promise((resolve, reject) => requestPlain(options, resolve).on("error", reject).end());
}

test("a request over TLS is answered", async () => {
  expect(JSON.parse(await text(await open("/", first.cert)))).toEqual({ protocol: "https" });
});

test("what speaks plain HTTP is sent on to https, to our own names alone", async () => {
  const sent = await openPlain("GET", "localhost:1");
  expect([sent.statusCode, sent.headers.location]).toEqual([308, "https://localhost:1/chats/1?x=2"]);
  const foreign = await openPlain("GET", "evil.example");
  expect([foreign.statusCode, foreign.headers.location]).toEqual([426, undefined]);
});

test("what changes something over plain HTTP is refused with a sentence, as it has been read already", async () => {
  const refused = await openPlain("POST", "localhost");
  expect(refused.statusCode).toBe(426);
  expect(await text(refused)).toContain("This address speaks https");
});

test("a renewed certificate is for new connections, and a stream that is open goes on to its end", async () => {
  const stream = await open("/stream", first.cert);
  const next = someCredentials();
  servers.renew(next);
  const connection = connectTls({ host: "127.0.0.1", port, ca: next.cert });
  await once(connection, "secureConnect");
  expect(connection.getPeerX509Certificate()?.fingerprint256).toBe(next.certificate.fingerprint256);
  connection.destroy();
  finishStream();
  expect(await text(stream)).toBe("begin end");
});

test("TLS older than 1.2 is refused", async () => {
  const versions = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
  const old = connectTls({ host: "127.0.0.1", port, ca: first.cert, ...versions });
  const [error] = (await once(old, "error")) as [NodeJS.ErrnoException];
  expect(error.code).toBe("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
});

test("a stop does not wait for connections that say nothing", async () => {
  const silent = connect(port, "127.0.0.1");
  await once(silent, "connect");
  // An answered request proves that the server has taken the silent one too: they are taken in order.
  await text(await open("/", first.cert));
  const closed = once(silent, "close");
  await app.close();
  await closed;
  expect(silent.destroyed).toBe(true);
});
