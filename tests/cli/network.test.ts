// Starting for other machines: TLS of one's own, its refusals and renewals, and what the start says about the addresses.
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { get } from "node:https";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeCertificate, type TestCertificate } from "../support/make-certificate.ts";
import { startTestServer } from "../support/start-test-server.ts";
import { runProgram } from "./run-program.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "shobar-network-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write({ cert, key }: TestCertificate): readonly string[] {
  const [certFile, keyFile] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  for (const [file, content] of [
    [certFile, cert],
    [keyFile, key],
  ] as const) {
    writeFileSync(`${file}.new`, content, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  return ["--tls-cert", certFile, "--tls-key", keyFile];
}

function open(url: string, path: string, ca: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => get(`${url}${path}`, { ca, agent: false }, resolve).on("error", reject));
}

describe("With a certificate of its own", () => {
  test("the server speaks TLS, makes links with the public URL, and takes up a renewed certificate without a restart", async () => {
    const first = makeCertificate();
    const flags = ["--no-starter", "--public-url", "https://chat.example.org", ...write(first)];
    await using server = await startTestServer({ flags });
    expect(server.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(server.setupUrl).toMatch(/^https:\/\/chat\.example\.org\/setup#token=/);
    expect(server.lines[0]).toMatchObject({ addresses: ["https://chat.example.org"] });
    const answer = await open(server.url, "/healthz", first.cert);
    expect(await text(answer)).toBe('{"status":"alive"}');
    const invited = await runProgram(["users", "invite", "--json", "--data", server.dataFolder]);
    expect(JSON.parse(invited.stdout)).toMatchObject({
      url: expect.stringMatching(/^https:\/\/chat\.example\.org\/invite#token=/),
    });
    const next = makeCertificate();
    write(next);
    const isRenewed = () =>
      open(server.url, "/healthz", next.cert).then(
        (renewed) => (renewed.socket as TLSSocket).authorized,
        () => false,
      );
    await expect.poll(isRenewed, { timeout: 30_000, interval: 250 }).toBe(true);
  });

  test("that cannot be used the start ends with a sentence and its own exit code", async () => {
    const flags = write({ ...makeCertificate(), key: makeCertificate().key });
    const end = await runProgram(["serve", "--port", "0", "--data", join(folder, "data"), ...flags]);
    expect(end.stderr).toBe(
      `TLS cannot be spoken with ${flags[3]}: it is not the private key of the certificate ${flags[1]}.\n`,
    );
    expect([end.code, end.stdout]).toEqual([19, ""]);
  });

  test("without its key the start is refused together with everything else that is wrong", async () => {
    const end = await runProgram(["serve", "--port", "x", "--tls-cert", "/cert.pem", "--trusted-proxy", "0.0.0.0/0"]);
    expect(end.code).toBe(2);
    expect(end.stderr.split("\n").filter((line) => /^--(port|tls-cert|trusted-proxy) /.test(line))).toHaveLength(3);
  });
});

describe("On all addresses over plain HTTP", () => {
  test("the start names each address that others can open, and warns of what plain HTTP means", async () => {
    await using server = await startTestServer({ flags: ["--no-starter", "--host", "0.0.0.0"] });
    const own = Object.values(networkInterfaces())
      .flatMap((each) => each ?? [])
      .filter(({ internal, family }) => !internal && family === "IPv4");
    const { port } = new URL(server.url);
    const { addresses, warnings } = server.lines[0] as unknown as { addresses: string[]; warnings: string[] };
    expect(addresses).toEqual(own.map(({ address }) => `http://${address}:${port}`));
    expect(warnings).toEqual([expect.stringContaining("can read passwords and chats on their way")]);
    for (const address of addresses) {
      expect((await fetch(`${address}/healthz`)).status).toBe(200);
    }
    const invited = await runProgram(["users", "invite", "--json", "--data", server.dataFolder]);
    expect(JSON.parse(invited.stdout)).toMatchObject({ url: expect.stringMatching(`^${addresses[0]}/invite#token=`) });
  });

  test("on loopback alone there is nothing to warn of", async () => {
    await using server = await startTestServer({ flags: ["--no-starter"] });
    expect(server.lines[0]).toMatchObject({ addresses: [], warnings: [] });
  });
});
