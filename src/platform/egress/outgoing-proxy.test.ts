// A proxy of our own stands between: it tunnels what it is asked for to where a test wants it, and notes what it saw.
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { afterEach, describe, expect, test } from "vitest";
import { testCertificate, testCertificateKey } from "../../../tests/support/test-certificate.ts";
import { createEgress, type Egress, type EgressParts } from "./egress.ts";
import { goesThroughProxy, outgoingProxyOf } from "./outgoing-proxy.ts";

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function portOf(server: Server): Promise<number> {
  open.push(server.listen(0, "127.0.0.1"));
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

interface StandInProxy {
  readonly url: string;
  /** What it was asked to reach. */
  readonly asked: string[];
  readonly authorizations: (string | undefined)[];
  /** What went through it after the tunnel stood, from the caller. */
  readonly seen: Buffer[];
}

/** Leads everywhere to `targetPort`; null refuses. */
async function aProxy(targetPort: number | null): Promise<StandInProxy> {
  const proxy: Omit<StandInProxy, "url"> = { asked: [], authorizations: [], seen: [] };
  const server = createServer();
  server.on("connect", (request: IncomingMessage, socket: Duplex) => {
    proxy.asked.push(request.url ?? "");
    proxy.authorizations.push(request.headers["proxy-authorization"]);
    if (targetPort === null) return void socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    const target: Socket = connect(targetPort, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      socket.on("data", (piece: Buffer) => proxy.seen.push(piece));
      socket.pipe(target).pipe(socket);
    });
    for (const end of [socket, target]) end.on("error", () => {});
  });
  return { ...proxy, url: `http://127.0.0.1:${await portOf(server)}` };
}

const aService = () =>
  portOf(
    createTlsServer({ cert: testCertificate, key: testCertificateKey }, (request, response) =>
      response.end(`${request.headers.host} ${request.headers.authorization}`),
    ),
  );
const unknownName = () => Promise.reject(Object.assign(new Error("x"), { code: "ENOTFOUND" }));

function anEgress(url: string, parts: Partial<EgressParts> = {}): Egress {
  const proxy = outgoingProxyOf(url, []);
  const logger = { info: () => {} } as unknown as EgressParts["logger"];
  return createEgress({ logger, proxy, resolve: unknownName, certificateAuthorities: testCertificate, ...parts });
}

async function textOf(egress: Egress, url: string, signal = new AbortController().signal): Promise<string> {
  const headers = { authorization: "Bearer secret" };
  const { body } = await egress.request(url, { method: "GET", signal, reach: "public", headers });
  return Buffer.concat(await Array.fromAsync(body)).toString();
}

describe("A call through a proxy", () => {
  test("goes to the name that only the proxy knows, encrypted to the other side, whose certificate is checked", async () => {
    const proxy = await aProxy(await aService());
    expect(await textOf(anEgress(proxy.url), "https://models.example/x")).toBe("models.example Bearer secret");
    expect(proxy.asked).toEqual(["models.example:443"]);
    expect(Buffer.concat(proxy.seen).includes("secret")).toBe(false);
    await expect(textOf(anEgress(proxy.url), "https://other.example")).rejects.toThrow("belongs to another name");
  });

  test("tells the proxy the password that it is named with, and nobody else", async () => {
    const proxy = await aProxy(await aService());
    const named = proxy.url.replace("http://", "http://ana:p%40ss@");
    expect(await textOf(anEgress(named), "https://models.example")).not.toContain("ana");
    expect(proxy.authorizations).toEqual([`Basic ${Buffer.from("ana:p@ss").toString("base64")}`]);
  });

  test("is refused in one sentence where the proxy refuses, or is not there", async () => {
    const refusing = await aProxy(null);
    await expect(textOf(anEgress(refusing.url), "https://models.example")).rejects.toThrow(
      `${new URL(refusing.url).host} cannot be reached: as a proxy it refuses (status 407).`,
    );
    await expect(textOf(anEgress("http://127.0.0.1:1"), "https://models.example")).rejects.toThrow(
      "127.0.0.1:1 cannot be reached: nothing listens there.",
    );
  });

  test("is still judged: a name that leads inside here is not taken round the proxy", async () => {
    const proxy = await aProxy(await aService());
    const resolve = async () => [{ address: "10.0.0.1", family: 4 }];
    await expect(textOf(anEgress(proxy.url, { resolve }), "https://inside.example")).rejects.toMatchObject({
      code: "address_not_allowed",
    });
    await expect(textOf(anEgress(proxy.url), "https://169.254.169.254")).rejects.toMatchObject({
      code: "address_not_allowed",
    });
    expect(proxy.asked).toEqual([]);
  });

  test("ends with the time where the proxy says nothing", async () => {
    const closed = Promise.withResolvers<void>();
    const server = createServer();
    server.on("connect", (_request, socket) => void socket.on("end", closed.resolve).resume());
    const silent = `http://127.0.0.1:${await portOf(server)}`;
    const calling = anEgress(silent).request("https://models.example", {
      method: "GET",
      signal: new AbortController().signal,
      reach: "public",
      timeouts: { connectMs: 50 },
    });
    await expect(calling).rejects.toThrow("it does not answer");
    await closed.promise;
  });

  test("ends when it is stopped while the proxy says nothing", async () => {
    const connected = Promise.withResolvers<void>();
    const server = createServer();
    server.on("connect", () => connected.resolve());
    const silent = `http://127.0.0.1:${await portOf(server)}`;
    const stop = new AbortController();
    const calling = textOf(anEgress(silent), "https://models.example", stop.signal);
    await connected.promise;
    stop.abort(new Error("enough"));
    await expect(calling).rejects.toThrow("enough");
  });
});

test.each([
  ["https://models.example/x", [], true],
  ["https://models.example", ["example"], false],
  ["https://models.example", [".example"], false],
  ["https://models.example", ["*.example"], false],
  ["https://models.example", ["models.example:443"], false],
  ["https://models.example", ["models.example:8443"], true],
  ["https://counter-example", ["example"], true],
  ["https://models.example", ["*"], false],
  ["https://models.example", [""], true],
  ["https://10.0.0.1", [], false],
  ["https://[::1]:8443", [], false],
  ["https://localhost", [], false],
  ["http://models.example", [], false],
] as const)("%s with the exceptions %j goes through the proxy: %s", (url, except, expected) => {
  const proxy = outgoingProxyOf("http://proxy.example:3128", except)!;
  expect(goesThroughProxy(proxy, new URL(url))).toBe(expected);
});
