import { describe, expect, test } from "vitest";
import type { AppError } from "../errors.ts";
import { readConfig } from "./config.ts";
import type { Environment } from "./environment.ts";
import { defaultOf, factsOf, flagOf, settingNames, variableOf } from "./settings.ts";

function anEnvironment(settings: Record<string, string> = {}): Environment {
  return { settings, debug: false, ssh: null, defaultData: "/home/ana/shobar/data" };
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
