import { describe, expect, test } from "vitest";
import type { AppError } from "../errors.ts";
import { readConfig } from "./config.ts";
import type { Environment } from "./environment.ts";
import { defaultOf, factsOf, flagOf, settingNames, variableOf } from "./settings.ts";

function anEnvironment(settings: Record<string, string> = {}): Environment {
  return {
    settings,
    debug: false,
    ssh: null,
    program: "shobar",
    defaultData: "/home/ana/shobar/data",
    modelStores: [],
  };
}

function problemsOf(act: () => unknown): string[] {
  try {
    act();
  } catch (error) {
    return String((error as AppError).details["problems"]).split("\n");
  }
  return [];
}

describe("Settings", () => {
  test("without any, the server listens on loopback alone and keeps its data in the default folder", () => {
    const config = readConfig({}, anEnvironment());
    expect(config).toMatchObject({
      host: "127.0.0.1",
      port: 3210,
      data: "/home/ana/shobar/data",
      starter: true,
      models: [],
    });
    expect(config).toMatchObject({ sequences: 8, contextTokens: 2048, kvType: "f16", threads: undefined });
  });

  test("a flag wins over a variable, a variable over the default", () => {
    const environment = anEnvironment({ SHOBAR_PORT: "1001", SHOBAR_HOST: "::1" });
    expect(readConfig({ port: "1002" }, environment)).toMatchObject({ port: 1002, host: "::1" });
  });

  test("lists are repeated flags, or one variable with commas", () => {
    const environment = anEnvironment({ SHOBAR_ALLOWED_HOSTS: "Chat.example.org, ai.example.org" });
    expect(readConfig({ models: ["/a", "/b"] }, environment)).toMatchObject({
      models: ["/a", "/b"],
      allowedHosts: ["chat.example.org", "ai.example.org"],
    });
  });

  test("the proxy that other programs use is ours too, where nothing of ours says otherwise", () => {
    const othersNames = {
      outgoingProxy: { name: "HTTPS_PROXY", value: "http://proxy.example:3128" },
      proxyExcept: { name: "NO_PROXY", value: "localhost, .inside.example" },
    };
    const config = readConfig({}, { ...anEnvironment(), othersNames });
    expect(config).toMatchObject({
      outgoingProxy: "http://proxy.example:3128",
      proxyExcept: ["localhost", ".inside.example"],
    });
    const environment = { ...anEnvironment({ SHOBAR_OUTGOING_PROXY: "http://other.example:1" }), othersNames };
    expect(readConfig({ proxyExcept: ["*"] }, environment)).toMatchObject({
      outgoingProxy: "http://other.example:1",
      proxyExcept: ["*"],
    });
    const socks = { outgoingProxy: { name: "HTTPS_PROXY", value: "socks5://proxy.example" } };
    expect(problemsOf(() => readConfig({}, { ...anEnvironment(), othersNames: socks }))).toEqual([
      'HTTPS_PROXY must be a proxy\'s address such as http://proxy.example.org:3128 (it is "socks5://proxy.example")',
    ]);
  });

  test("an empty variable counts as none", () => {
    expect(readConfig({}, anEnvironment({ SHOBAR_PORT: "" })).port).toBe(3210);
  });

  test("the API key that a program finds in its environment is no setting of the server's", () => {
    expect(readConfig({}, anEnvironment({ SHOBAR_API_KEY: "sk-shobar-x" })).port).toBe(3210);
  });

  test.each([
    ["off", false],
    ["0", false],
    ["on", true],
    ["true", true],
  ])("SHOBAR_STARTER=%s switches the starter %s", (value, starter) => {
    expect(readConfig({}, anEnvironment({ SHOBAR_STARTER: value })).starter).toBe(starter);
  });

  test("everything wrong is told at once, each with its source and value", () => {
    const environment = anEnvironment({ SHOBAR_KV_TYPE: "q9", SHOBAR_PROT: "1" });
    const problems = problemsOf(() => readConfig({ port: "99999", sequences: "none" }, environment));
    expect(problems).toEqual([
      "There is no setting SHOBAR_PROT. Did you mean SHOBAR_PORT?",
      '--port must be a whole number from 0 to 65535 (it is "99999")',
      '--sequences must be a whole number from 1 to 64 (it is "none")',
      'SHOBAR_KV_TYPE must be one of f16, q8_0 (it is "q9")',
    ]);
  });

  test.each(["port", "sequences", "contextTokens", "threads", "memoryLimitMb"] as const)(
    "%s refuses what is no whole number",
    (name) => {
      for (const value of ["", "1.5", "abc", "-1", "1e400", "NaN"]) {
        expect(
          problemsOf(() => readConfig({ [name]: value }, anEnvironment())),
          value,
        ).toHaveLength(1);
      }
    },
  );

  test("an allowed host with a scheme or a port is refused", () => {
    expect(problemsOf(() => readConfig({ allowedHosts: ["https://chat.example.org"] }, anEnvironment()))).toHaveLength(
      1,
    );
    expect(problemsOf(() => readConfig({ allowedHosts: ["chat.example.org:443"] }, anEnvironment()))).toHaveLength(1);
  });

  test.each([
    ["https://Chat.Example.org/", "https://chat.example.org"],
    ["https://chat.example.org:443", "https://chat.example.org"],
    ["http://10.0.0.7:3210", "http://10.0.0.7:3210"],
    ["https://chat.সবার.বাংলা", "https://chat.xn--d6biwz.xn--54b7fta0cc"],
  ])("the public URL %s is kept as %s", (publicUrl, expected) => {
    expect(readConfig({ publicUrl }, anEnvironment()).publicUrl).toBe(expected);
  });

  test.each([
    "chat.example.org",
    "ftp://chat.example.org",
    "https://chat.example.org/shobar",
    "https://a:b@c",
    "https://",
  ])("%j is no public URL", (publicUrl) =>
    expect(problemsOf(() => readConfig({ publicUrl }, anEnvironment()))).toHaveLength(1),
  );

  test.each(["10.0.0.2", "10.0.0.0/8", "fd00::/8", "::1", "Loopback"])("%s can be trusted as a proxy", (proxy) => {
    expect(readConfig({ trustedProxy: [proxy] }, anEnvironment()).trustedProxy).toEqual([proxy.toLowerCase()]);
  });

  test.each(["0.0.0.0/0", "::/0", "10.0.0.0/33", "10.0.0.300", "10.0.0.0/8/8", "proxy.example.org", "", "10.0.0.0/"])(
    "%j cannot be trusted as a proxy",
    (proxy) => expect(problemsOf(() => readConfig({ trustedProxy: [proxy] }, anEnvironment()))).toHaveLength(1),
  );

  test("what makes no sense together is told together with the rest", () => {
    const environment = anEnvironment({ SHOBAR_TLS_CERT: "/cert.pem" });
    expect(problemsOf(() => readConfig({ port: "x", publicUrl: "http://chat.example.org" }, environment))).toEqual([
      '--port must be a whole number from 0 to 65535 (it is "x")',
      "SHOBAR_TLS_CERT needs --tls-key with the certificate's private key",
      '--public-url must begin with https:// where SHOBAR_TLS_CERT is given (it is "http://chat.example.org")',
    ]);
    expect(problemsOf(() => readConfig({ tlsKey: "/key.pem" }, anEnvironment()))).toEqual([
      "--tls-key needs --tls-cert with the key's certificate",
    ]);
  });

  test("each has a description, a flag, a variable and a default that can be printed", () => {
    for (const name of settingNames) {
      expect(factsOf(name).description, name).toMatch(/\.$/);
      expect(flagOf(name)).toMatch(/^[a-z-]+$/);
      expect(variableOf(name)).toMatch(/^SHOBAR_[A-Z_]+$/);
      expect(defaultOf(name), name).toEqual(expect.stringMatching(/./));
      expect(defaultOf(name), name).not.toContain("undefined");
    }
  });
});
