import { describe, expect, test } from "vitest";
import type { SettingFlags } from "../platform/config/config.ts";
import type { AppError } from "../platform/errors.ts";
import { commands } from "./commands.ts";
import { helpOfCommand } from "./help.ts";
import { parseCommandLine } from "./parse-command-line.ts";

const serve = commands.find(({ name }) => name === "serve")!;
const ask = commands.find(({ name }) => name === "ask")!;

function problemsOf(command: typeof serve, words: string[]): string {
  try {
    parseCommandLine(command, words);
  } catch (error) {
    return String((error as AppError).details["problems"]);
  }
  return "";
}

describe("The command line", () => {
  test.each([
    [["--port", "1"], { port: "1" }],
    [["--port=1"], { port: "1" }],
    [["--no-starter"], { starter: "off" }],
    [["--starter"], { starter: "on" }],
    [["--models", "/a", "--models", "/b"], { models: ["/a", "/b"] }],
    [["--context-tokens", "4096"], { contextTokens: "4096" }],
  ])("%j means %j", (words, settings) => {
    expect(parseCommandLine(serve, words).settings).toEqual(settings);
  });

  test("every unknown flag is named with the nearest that exists", () => {
    const problems = problemsOf(serve, ["--prot", "1", "--hosst=x", "--no-statrer", "--zzzzzzzz"]);
    expect(problems).toContain("There is no --prot. Did you mean --port?");
    expect(problems).toContain("There is no --hosst. Did you mean --host?");
    expect(problems).toContain("There is no --no-statrer. Did you mean --starter?");
    expect(problems).toContain("There is no --zzzzzzzz.\n");
    expect(problems).toContain("See: shobar serve --help");
  });

  test("what is wrong with the values is told together with the flags that are unknown", () => {
    const sayOfPort = ({ port }: SettingFlags) => [`port is ${String(port)}`];
    expect(() => parseCommandLine(serve, ["--nonsense", "--port", "x"], sayOfPort)).toThrow(
      "There is no --nonsense.\nport is x\nSee: shobar serve --help",
    );
  });

  test("a flag without its value is refused", () => {
    expect(problemsOf(serve, ["--port"])).toContain("--port needs a value.");
    expect(problemsOf(serve, ["--port", "--host", "::1"])).toContain("--port needs a value.");
  });

  test("words that no command waits for are refused", () => {
    expect(problemsOf(serve, ["now"])).toContain('"now" is one word too many.');
    expect(problemsOf(ask, ["Why?", "Because."])).toContain('"Because." is one word too many.');
    expect(parseCommandLine(ask, ["Why?"]).argument).toBe("Why?");
  });

  test("help is given even where the rest is wrong", () => {
    expect(parseCommandLine(serve, ["--nonsense", "--help"]).wantsHelp).toBe(true);
    expect(parseCommandLine(serve, ["-h"]).wantsHelp).toBe(true);
  });

  test("every command explains itself, its flags and one example that parses", () => {
    for (const command of commands) {
      const help = helpOfCommand(command);
      expect(help).toContain(command.summary);
      expect(help).toContain("--json");
      expect(command.example.replace(/^sudo /, "")).toMatch(new RegExp(`^shobar ${command.name}`));
    }
  });
});
