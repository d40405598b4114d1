// A start that cannot work: a sentence, what to do, an exit code, never a stack trace.
import { DatabaseSync } from "node:sqlite";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commands } from "../../src/cli/commands.ts";
import { startTestServer } from "../support/start-test-server.ts";
import { type ProgramEnd, runProgram } from "./run-program.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "shobar-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function expectSentence({ code, stdout, stderr }: ProgramEnd, exitCode: number, sentence: RegExp): void {
  expect(stderr).toMatch(sentence);
  expect(code).toBe(exitCode);
  expect(stdout).toBe("");
  expect(stderr).not.toMatch(/^\s+at |node:internal|Error:/m);
}

describe("A start", () => {
  test("on a taken port says which and how to choose another", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const end = await runProgram(["serve", "--port", String(port), "--data", join(folder, "a")]);
    expectSentence(end, 10, new RegExp(`^Port ${port} is already used by another program. .*--port`));
    other.close();
  });

  test("on an address of another machine says so", async () => {
    const end = await runProgram(["serve", "--host", "192.0.2.1", "--port", "0", "--data", join(folder, "a")]);
    expectSentence(end, 10, /^The address 192\.0\.2\.1 cannot be used on this machine/);
  });

  test("on a data folder that cannot be made says why", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    const end = await runProgram(["serve", "--data", join(file, "data")]);
    expectSentence(end, 11, /^The data folder .* cannot be written: a part of the path is not a folder/);
  });

  test("on a data folder from a newer version changes nothing there", async () => {
    const data = join(folder, "newer");
    await runProgram(["users", "list", "--data", data]);
    const database = new DatabaseSync(join(data, "shobar.db"));
    database.exec("INSERT INTO schema_migrations VALUES ('9999-from-the-future', 1)");
    database.close();
    const end = await runProgram(["serve", "--port", "0", "--data", data]);
    expectSentence(
      end,
      13,
      /^The data folder was written by a newer version of Shobar \(it has the migration 9999-from-the-future\)/,
    );
  });

  test("on another server's data folder names its process", async () => {
    await using server = await startTestServer();
    const end = await runProgram(["serve", "--port", "0", "--data", server.dataFolder]);
    expectSentence(end, 12, new RegExp(`^Another Shobar server \\(process ${server.process.pid}\\)`));
  });

  test("of two servers at the same moment on the same folder exactly one succeeds", async () => {
    const data = join(folder, "race");
    const starts = await Promise.allSettled([1, 2, 3].map(() => startTestServer({ dataFolder: data })));
    const winners = starts.filter((start) => start.status === "fulfilled").map(({ value }) => value);
    expect(winners).toHaveLength(1);
    expect(await winners[0]?.stop()).toBe(0);
  });

  test("with bad settings names them all at once", async () => {
    const end = await runProgram(["serve", "--port", "0x10", "--kv-type", "q9"], {
      environment: { SHOBAR_SEQUENCES: "0" },
    });
    expectSentence(end, 2, /--port must .*\n.*SHOBAR_SEQUENCES must .*\n.*--kv-type must /s);
    const withFlag = await runProgram(["serve", "--hsot", "1", "--kv-type", "q9"]);
    expectSentence(withFlag, 2, /There is no --hsot\. Did you mean --host\?\n.*\n--kv-type must /s);
  });

  test("with an unknown flag names the nearest", async () => {
    expectSentence(await runProgram(["serve", "--prot", "1"]), 2, /There is no --prot\. Did you mean --port\?/);
  });

  test("fails in JSON for programs, with the same exit code", async () => {
    const end = await runProgram(["serve", "--json", "--port", "none"]);
    expect(end.code).toBe(2);
    expect(JSON.parse(end.stderr)).toMatchObject({ error: { code: "settings_invalid" } });
  });

  test("shows a stack trace only where it is asked for", async () => {
    const end = await runProgram(["serve", "--port", "none"], { environment: { SHOBAR_DEBUG: "1" } });
    expect(end.stderr).toMatch(/^\s+at /m);
  });
});

/** Every command that begins with this word, as a sentence lists them: new ones come. */
function allOf(word: string): string {
  const names = commands.map(({ name }) => name).filter((name) => name.split(" ")[0] === word);
  return new Intl.ListFormat("en", { type: "disjunction" }).format(names);
}

describe("Help", () => {
  test("lists every command and explains each", async () => {
    const program = await runProgram(["--help"]);
    expect(program.code).toBe(0);
    const names = [...program.stdout.matchAll(/^ {2}(\w+(?: [\w-]+)?) {2,}/gm)].map(([, name]) => name!);
    expect(names).toContain("serve");
    expect(names).toContain("keys create");
    const helps = await Promise.all(names.slice(0, 4).map((name) => runProgram([...name.split(" "), "--help"])));
    for (const help of helps) {
      expect(help.stdout).toMatch(/^Usage: npm run -s shobar -- /);
      expect(help.code).toBe(0);
    }
  });

  test("of serve names every setting with its variable and default", async () => {
    const { stdout } = await runProgram(["serve", "--help"]);
    expect(stdout).toContain("--context-tokens TOKENS");
    expect(stdout).toContain("SHOBAR_CONTEXT_TOKENS, default: 2048");
    expect(stdout).toContain("--no-starter");
  });

  test.each([
    [["key"], "keys create, keys list, or keys revoke"],
    [["users", "crate"], "users create"],
    [["usrs"], allOf("users")],
    [["serv", "--port", "1"], "serve"],
  ])("is offered for %j, which is no command, with what may have been meant", async (words, meant) => {
    const end = await runProgram(words);
    expect(end.code).toBe(2);
    expect(end.stderr).toContain(`Did you mean ${meant}?\nSee: npm run -s shobar -- --help`);
  });
});
