// `shobar doctor` as a person types it: without a server, beside one, and through proxies that are set up wrongly.
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Finding } from "../../src/cli/doctor/finding.ts";
import { freePort, type Proxy, type ProxyKind, startProxy } from "../support/start-proxy.ts";
import { startTestServer, type TestServer } from "../support/start-test-server.ts";
import { runProgram } from "./run-program.ts";

interface Examined {
  readonly code: number | null;
  readonly findings: readonly Finding[];
  readonly of: (name: string) => Finding | undefined;
}

async function examine(words: readonly string[], environment: Record<string, string> = {}): Promise<Examined> {
  const { code, stdout, stderr } = await runProgram(["doctor", "--json", ...words], { environment });
  if (stdout === "") throw new Error(stderr);
  const { findings } = JSON.parse(stdout) as { findings: Finding[] };
  return { code, findings, of: (name) => findings.find((finding) => finding.name === name) };
}

describe("Without a server", () => {
  test("it looks at the machine and the settings, and leaves no trace where the data would be", async () => {
    const folder = mkdtempSync(join(tmpdir(), "shobar-doctor-"));
    const data = join(folder, "data");
    const { findings, of } = await examine(["--data", data, "--port", "0"]);
    expect(findings.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        "Versions",
        "Processor",
        "Memory",
        "Open files",
        "Data folder",
        "Disk",
        "Disk speed",
        "Port",
      ]),
    );
    expect(of("Memory")?.found).toMatch(/free; SmolLM2 135M Instruct needs /);
    expect(of("Server")).toBeUndefined();
    expect(of("Backups")).toMatchObject({
      state: "ok",
      found: expect.stringMatching(/^none yet; the server makes one/),
    });
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  test("it reads in the data folder how backups are, also after a kill, and changes nothing there", async () => {
    const data = mkdtempSync(join(tmpdir(), "shobar-doctor-"));
    const look = async () => (await examine(["--data", data, "--port", "0"])).of("Backups");
    // SQLite's index of the log is no content: whoever reads after a kill works it out anew.
    const traces = () =>
      readdirSync(data).map((name) => [name, name.endsWith("-shm") ? 0 : statSync(join(data, name)).mtimeMs]);
    {
      await using server = await startTestServer({ dataFolder: data, flags: ["--no-starter"] });
      await server.stop();
    }
    const stopped = traces();
    expect(await look()).toMatchObject({ state: "warn", found: expect.stringMatching(/^none yet; .*no server runs/) });
    expect(traces()).toEqual(stopped);
    {
      await using server = await startTestServer({ dataFolder: data, flags: ["--no-starter"] });
      expect((await runProgram(["backups", "now", "--data", data])).code).toBe(0);
      await server.stop("SIGKILL");
    }
    const killed = traces();
    expect(killed.map(([name]) => name)).toContain("shobar.db-wal");
    expect(await look()).toMatchObject({
      found: expect.stringMatching(/^last one 0 hours ago, last proven by a restore 0 hours ago.*no server runs/),
    });
    expect(traces()).toEqual(killed);
    rmSync(join(data, "shobar.db-shm"));
    expect(await look()).toMatchObject({
      state: "warn",
      found: "cannot be told while no server runs",
      advice: expect.stringContaining("Start the server"),
    });
    writeFileSync(join(data, "shobar.db"), "no database");
    rmSync(join(data, "shobar.db-wal"));
    expect((await look())?.found).toBe("cannot be told while no server runs");
    rmSync(data, { recursive: true });
  });

  test("for people it is a line each with what to do below, and ends with 1 where something fails", async () => {
    const words = ["doctor", "--data", "/proc/none", "--port", "0", "--public-url", "http://127.0.0.1:1"];
    const { code, stdout } = await runProgram(words);
    expect(stdout).toMatch(/^ok {4}Versions {4,}Shobar /m);
    expect(stdout).toMatch(
      /^fail {2}Public URL {3}127\.0\.0\.1:1 cannot be reached: nothing listens there\n {19}See that the proxy runs/m,
    );
    expect(stdout).toMatch(/^\d failures?/m);
    expect(code).toBe(1);
  });
});

describe("Beside a server", () => {
  let server: TestServer;
  let port: number;
  beforeAll(async () => {
    port = await freePort();
    const network = ["--public-url", `https://localhost:${port}`, "--trusted-proxy", "loopback"];
    server = await startTestServer({ flags: network });
    await server.waitFor("model", ({ state }) => (state as { status: string }).status === "ready");
  });
  afterAll(() => server[Symbol.asyncDispose]());

  async function examineBehind(
    kind: ProxyKind,
    wishes: Partial<Parameters<typeof startProxy>[1]> = {},
  ): Promise<Examined> {
    const upstreamPort = Number(new URL(server.url).port);
    await using proxy: Proxy = await startProxy(kind, { port, upstreamPort, ...wishes });
    return await examine(["--data", server.dataFolder], { NODE_EXTRA_CA_CERTS: proxy.caFile });
  }

  test.each(["nginx", "caddy"] as const)("behind %s as printed all of the network is well", async (kind) => {
    const { of } = await examineBehind(kind);
    expect(of("Server")).toMatchObject({
      state: "ok",
      found: expect.stringContaining(`process ${server.process.pid}`),
    });
    expect(of("Memory")?.found).toMatch(/SmolLM2 135M Instruct is loaded/);
    expect(of("Public URL")).toMatchObject({ state: "ok", found: `https://localhost:${port} streams` });
    expect(of("Clock")?.state).toBe("ok");
    expect(of("Certificate")).toMatchObject({
      state: "ok",
      found: expect.stringMatching(/^valid for (89|90) more days$/),
    });
    expect(of("Proxy")).toBeUndefined();
    expect(of("Backups")).toMatchObject({ state: "warn", found: "none yet; the schedule is on" });
  });

  test("an nginx that buffers is found, with the line that ends it", async () => {
    const change = (block: string) =>
      block.replace("proxy_buffering off", "proxy_buffering on; proxy_ignore_headers X-Accel-Buffering");
    const { code, of } = await examineBehind("nginx", { change });
    expect(of("Public URL")).toMatchObject({
      state: "fail",
      found: expect.stringContaining("holds streams back"),
      advice: expect.stringContaining("proxy_buffering off"),
    });
    expect(code).toBe(1);
  });

  test("a proxy that does not say what the browser speaks is found", async () => {
    const change = (block: string) => block.replace(/.*X-Forwarded-Proto.*\n/, "");
    const { of } = await examineBehind("nginx", { change });
    expect(of("Proxy")).toMatchObject({ state: "warn", advice: expect.stringContaining("X-Forwarded-Proto") });
  });

  test("an expired certificate is found", async () => {
    const { code, of } = await examineBehind("nginx", { validTo: new Date(Date.now() - 1000) });
    expect(of("Public URL")).toMatchObject({
      state: "fail",
      found: expect.stringContaining("its certificate has expired"),
    });
    expect(code).toBe(1);
  });

  test("a certificate that nobody trusts is found", async () => {
    await using _proxy = await startProxy("nginx", { port, upstreamPort: Number(new URL(server.url).port) });
    const { of } = await examine(["--data", server.dataFolder]);
    expect(of("Public URL")?.found).toContain("nobody that this machine trusts has signed its certificate");
  });

  test("a proxy that leads nowhere is found", async () => {
    const { of } = await examineBehind("nginx", { upstreamPort: 1 });
    expect(of("Public URL")?.found).toContain("answers 502: the proxy does not reach the server");
  });
});
