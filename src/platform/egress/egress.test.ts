import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createRawServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { testCertificate, testCertificateKey } from "../../../tests/support/test-certificate.ts";
import { createEgress, type Egress, type EgressParts, type EgressRequest } from "./egress.ts";
import { readStart } from "./read-body.ts";

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    server.close();
    if ("closeAllConnections" in server) (server as { closeAllConnections(): void }).closeAllConnections();
  }
});

async function listen(server: Server): Promise<string> {
  open.push(server.listen(0, "127.0.0.1"));
  await once(server, "listening");
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const http = async (answer: RequestListener) => `http://${await listen(createServer(answer))}`;

/** Writes these bytes to whoever connects. */
async function raw(bytes: string): Promise<string> {
  const server = createRawServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(bytes));
  });
  return `http://${await listen(server)}`;
}

function anEgress(parts: Partial<EgressParts> = {}): { egress: Egress; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const logger = { info: (line: Record<string, unknown>) => void lines.push(line) } as unknown as EgressParts["logger"];
  return { egress: createEgress({ logger, ...parts }), lines };
}

const get = (changes: Partial<EgressRequest> = {}): EgressRequest => ({
  method: "GET",
  signal: new AbortController().signal,
  reach: "named",
  ...changes,
});

async function textOf(egress: Egress, url: string, changes?: Partial<EgressRequest>): Promise<string> {
  const { body } = await egress.request(url, get(changes));
  return (await Array.fromAsync(body)).map((piece) => Buffer.from(piece).toString()).join("");
}

describe("A call that leaves", () => {
  test("brings its method, headers and body, and answers status, headers and body", async () => {
    const url = await http((request, response) => {
      request.setEncoding("utf8");
      void Array.fromAsync(request).then((body) => {
        response.writeHead(201, {
          "x-seen": `${request.method} ${request.url} ${String(request.headers["x-mine"])} ${request.headers.host}`,
        });
        response.end(`got ${body.join("")}`);
      });
    });
    const { egress } = anEgress();
    const response = await egress.request(
      `${url}/v1/a?b=c`,
      get({ method: "POST", headers: { "x-mine": "1" }, body: "হ্যালো" }),
    );
    expect(response.status).toBe(201);
    expect(response.headers["x-seen"]).toBe(`POST /v1/a?b=c 1 ${new URL(url).host}`);
    expect((await readStart(response.body, 1000)).toString()).toBe("got হ্যালো");
  });

  test("is one line in the log, without its path, its query and its headers", async () => {
    const url = await http((_request, response) => response.end("ok"));
    const { egress, lines } = anEgress();
    await textOf(egress, `${url}/secret-path?key=secret-query`, { headers: { authorization: "Bearer secret-key" } });
    expect(lines).toEqual([
      { event: "outgoing-call", host: new URL(url).host, method: "GET", status: 200, ms: expect.any(Number) },
    ]);
    expect(JSON.stringify(lines)).not.toContain("secret");
  });

  test("goes to the address that was judged, although the name has moved meanwhile, and asks for it once", async () => {
    const url = await http((request, response) => response.end(request.headers.host));
    const { port } = new URL(url);
    let asked = 0;
    const resolve = async () => {
      asked++;
      // The second answer would be another machine.
      return [{ address: asked === 1 ? "127.0.0.1" : "169.254.169.254", family: 4 }];
    };
    const { egress } = anEgress({ resolve });
    expect(await textOf(egress, `http://models.example:${port}/`)).toBe(`models.example:${port}`);
    expect(asked).toBe(1);
  });

  test("tries the next address of a name when nothing listens at the first", async () => {
    const url = await http((_request, response) => response.end("here"));
    const resolve = async () => ["127.0.0.2", "127.0.0.1"].map((address) => ({ address, family: 4 }));
    const { egress } = anEgress({ resolve });
    expect(await textOf(egress, `http://models.example:${new URL(url).port}/`)).toBe("here");
  });

  test("never reaches a machine inside for an address that came from outside", async () => {
    let reached = false;
    const url = await http((_request, response) => {
      reached = true;
      response.end();
    });
    const resolve = async () => [{ address: "127.0.0.1", family: 4 }];
    const { egress } = anEgress({ resolve });
    for (const address of [url, url.replace("127.0.0.1", "models.example"), url.replace("127.0.0.1", "2130706433")]) {
      await expect(egress.request(address, get({ reach: "public" }))).rejects.toMatchObject({
        code: "address_not_allowed",
      });
    }
    expect(reached).toBe(false);
  });

  test.each([301, 302, 303, 307, 308])("is not sent on by a %d", async (status) => {
    let secondCalls = 0;
    const second = await http((_request, response) => response.end(String(++secondCalls)));
    const url = await http((_request, response) => response.writeHead(status, { location: `${second}/token` }).end());
    const refused = anEgress().egress.request(url, get());
    await expect(refused).rejects.toMatchObject({ code: "service_redirects", details: { to: new URL(second).host } });
    expect(secondCalls).toBe(0);
  });
});

describe("a call that follows redirects", () => {
  const follow = get({ redirects: "follow", headers: { authorization: "Bearer secret", range: "bytes=3-" } });

  test("gets the answer of the last one and what those before it said", async () => {
    const second = await http((request, response) => response.end(request.headers.range));
    const first = await http((_request, response) =>
      response.writeHead(302, { location: `${second}/file`, "x-linked-size": "12" }).end(),
    );
    const { egress, lines } = anEgress();
    const { body, sentOnBy } = await egress.request(first, follow);
    expect(String(await readStart(body, 100))).toBe("bytes=3-");
    expect(sentOnBy).toMatchObject([{ "x-linked-size": "12" }]);
    expect(lines.map(({ status }) => status)).toEqual([302, 200]);
  });

  test("tells nobody else what the first one was trusted with", async () => {
    const seen: (string | undefined)[] = [];
    const second = await http((request, response) => {
      seen.push(request.headers.authorization);
      response.end();
    });
    const first = await http((request, response) => {
      seen.push(request.headers.authorization);
      const location = request.url === "/here" ? second : "/here";
      response.writeHead(307, { location }).end();
    });
    await textOf(anEgress().egress, first, follow);
    expect(seen).toEqual(["Bearer secret", "Bearer secret", undefined]);
  });

  test.each(["http://127.0.0.2:1/", "http://169.254.169.254/latest", "file:///etc/passwd", "https://10.0.0.1/x"])(
    "does not go on to %s",
    async (location) => {
      const first = await http((_request, response) => response.writeHead(302, { location }).end());
      await expect(anEgress().egress.request(first, follow)).rejects.toMatchObject({ code: "address_not_allowed" });
    },
  );

  test("ends where it is sent in circles or nowhere", async () => {
    const circle = await http((_request, response) => response.writeHead(302, { location: "/" }).end());
    const nowhere = await http((_request, response) => response.writeHead(302).end());
    for (const url of [circle, nowhere]) {
      await expect(anEgress().egress.request(url, follow)).rejects.toMatchObject({ code: "service_redirects" });
    }
  });

  test("does not send what was posted anywhere else", async () => {
    const first = await http((_request, response) => response.writeHead(307, { location: "/again" }).end());
    const posted = anEgress().egress.request(first, { ...follow, method: "POST", body: "{}" });
    await expect(posted).rejects.toMatchObject({ code: "service_redirects" });
  });
});

describe("TLS", () => {
  const tls = async () =>
    `https://${await listen(createTlsServer({ cert: testCertificate, key: testCertificateKey }, (_request, response) => response.end("ok")))}`;
  const resolve = async () => [{ address: "127.0.0.1", family: 4 }];

  test("works with the name of the certificate, whose authority is trusted", async () => {
    const { port } = new URL(await tls());
    const { egress } = anEgress({ resolve, certificateAuthorities: testCertificate });
    expect(await textOf(egress, `https://models.example:${port}`)).toBe("ok");
    expect(await textOf(egress, `https://127.0.0.1:${port}`)).toBe("ok");
  });

  test("is refused for another name, by an authority that nobody trusts, and where the environment would allow it", async () => {
    const { port } = new URL(await tls());
    const trusting = anEgress({ resolve, certificateAuthorities: testCertificate }).egress;
    await expect(trusting.request(`https://other.example:${port}`, get())).rejects.toThrow("belongs to another name");
    const { egress } = anEgress({ resolve });
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    try {
      await expect(egress.request(`https://models.example:${port}`, get())).rejects.toThrow(
        "nobody that this machine trusts",
      );
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test("that the other side does not speak is said so", async () => {
    const url = await http((_request, response) => response.end("plain"));
    await expect(anEgress().egress.request(url.replace("http:", "https:"), get())).rejects.toThrow(
      "does not speak TLS",
    );
  });
});

describe("What goes wrong", () => {
  test("is one sentence with the host", async () => {
    const url = await http(() => {});
    const gone = open.pop()!;
    gone.close();
    await expect(anEgress().egress.request(url, get())).rejects.toThrow(
      `${new URL(url).host} cannot be reached: nothing listens there.`,
    );
    const resolve = () => Promise.reject(Object.assign(new Error("x"), { code: "ENOTFOUND" }));
    await expect(anEgress({ resolve }).egress.request("https://nowhere.example", get())).rejects.toThrow(
      "nowhere.example cannot be reached: no machine of that name is known.",
    );
    await expect(anEgress().egress.request(await raw("SSH-2.0-OpenSSH_9\r\n"), get())).rejects.toThrow(
      "does not speak HTTP",
    );
    const endless = `HTTP/1.1 200 OK\r\n${"x-filler: 0123456789\r\n".repeat(3000)}\r\n`;
    await expect(anEgress().egress.request(await raw(endless), get())).rejects.toThrow(
      "its answer's head is too large",
    );
  });

  test("a look-up, a head and a body that never come end with the time", async () => {
    const never = () => new Promise<never>(() => {});
    const slow = anEgress({ resolve: never }).egress.request("https://a.example", get({ timeouts: { connectMs: 20 } }));
    await expect(slow).rejects.toThrow("a.example cannot be reached: it does not answer");
    const silentHead = await http(() => {});
    const head = anEgress().egress.request(silentHead, get({ timeouts: { firstByteMs: 20 } }));
    await expect(head).rejects.toMatchObject({ code: "service_silent" });
    const silentBody = await http((_request, response) => void response.writeHead(200).write("half"));
    await expect(textOf(anEgress().egress, silentBody, { timeouts: { idleMs: 20 } })).rejects.toMatchObject({
      code: "service_silent",
    });
  });

  test("a body that breaks off is an error, not an end", async () => {
    const whole = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf";
    await expect(textOf(anEgress().egress, await raw(whole))).rejects.toMatchObject({ code: "service_unreachable" });
    const chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n";
    await expect(textOf(anEgress().egress, await raw(chunked))).rejects.toThrow("the connection broke off");
  });

  test("a slow reader is no silence", async () => {
    const url = await http((_request, response) => response.end("x".repeat(5_000_000)));
    const { body } = await anEgress().egress.request(url, get({ timeouts: { idleMs: 200 } }));
    let total = 0;
    for await (const piece of body) {
      if (total === 0) await sleep(400);
      total += piece.length;
    }
    expect(total).toBe(5_000_000);
  });
});

describe("Stopping", () => {
  async function anEndlessStream() {
    const closed = Promise.withResolvers<number>();
    const sockets: Socket[] = [];
    const url = await http((request, response) => {
      sockets.push(request.socket);
      request.socket.once("close", () => closed.resolve(performance.now()));
      response.writeHead(200).write("first");
    });
    return { url, closed: closed.promise };
  }

  test("closes the connection at once, while the body is waited for", async () => {
    const { url, closed } = await anEndlessStream();
    const controller = new AbortController();
    const { body } = await anEgress().egress.request(url, get({ signal: controller.signal }));
    const reading = Array.fromAsync(body);
    const stoppedAt = performance.now();
    controller.abort(new Error("enough"));
    await expect(reading).rejects.toThrow("enough");
    expect((await closed) - stoppedAt).toBeLessThan(2_000);
  });

  test("before the head has come does the same, and before the call nothing is called", async () => {
    const connected = Promise.withResolvers<Socket>();
    const url = await http((request) => connected.resolve(request.socket));
    const controller = new AbortController();
    const calling = anEgress().egress.request(url, get({ signal: controller.signal }));
    const socket = await connected.promise;
    controller.abort(new Error("enough"));
    await expect(calling).rejects.toThrow("enough");
    if (!socket.destroyed) await once(socket, "close");
    await expect(anEgress().egress.request(url, get({ signal: controller.signal }))).rejects.toThrow("enough");
  });

  test("leaving the body's loop closes the connection too", async () => {
    const { url, closed } = await anEndlessStream();
    const { body } = await anEgress().egress.request(url, get());
    for await (const _piece of body) break;
    expect(await closed).toBeGreaterThan(0);
  });
});
