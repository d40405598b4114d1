// Every command of the pages for people who run the server does what the page says it does: each is typed as it stands
// there, page by page and in order, into one data folder. Only paths and ports are other ones.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commands } from "../../src/cli/commands.ts";
import { makeCertificate } from "../support/make-certificate.ts";
import { startTestServer } from "../support/start-test-server.ts";
import { type ProgramEnd, runProgram } from "./run-program.ts";

const root = join(import.meta.dirname, "..", "..");
/** Printed from the code, or not about commands. */
const otherPages = /^(errors|settings|figures|words|why-shobar(\.bn)?)\.md$/;
const pages = [
  "README.md",
  "README.bn.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md") && !otherPages.test(name))
    .map((name) => `docs/${name}`),
];

/** What a test cannot run in a temporary folder, and who tries it instead. */
const elsewhere: readonly { readonly command: RegExp; readonly why: string }[] = [
  { command: /^shobar service/, why: "changes the machine: src/cli/service/service.test.ts" },
  {
    command: /^shobar (providers (add|remove)|ask --model deepseek)/,
    why: "needs a service outside: tests/cli/providers.test.ts",
  },
  {
    command: /^shobar models (pull|adopt|remove .*--delete)/,
    why: "needs a host of models: tests/cli/models-pull.test.ts",
  },
  { command: /^shobar doctor/, why: "says how this machine is, good or bad: tests/cli/doctor.test.ts" },
  { command: /^shobar users reset-owner .*@/, why: "names the reader's owner: tests/cli/people.test.ts" },
  { command: /^shobar rollback/, why: "needs an upgrade before it: tests/cli/upgrade.test.ts" },
];

interface DocumentedCommand {
  readonly page: string;
  readonly typed: string;
}

/** From the indented blocks; a backslash goes on in the next line, and what comes behind three blanks or a # explains. */
function commandsIn(page: string): DocumentedCommand[] {
  const text = readFileSync(join(root, page), "utf8").replaceAll(/\\\n\s+/g, "");
  const lines = [...text.matchAll(/^ {4,}(?:sudo )?((?:shobar|npm) .*)$/gm)].map(([, line = ""]) => line);
  return lines.map((line) => ({ page, typed: shobarOf(line.split(/ {3,}| +# /)[0] ?? "") }));
}

/** The launcher of a clone is what pages of an installed product call `shobar`. */
function shobarOf(line: string): string {
  return line
    .replace(/^npm run -s shobar -- /, "shobar ")
    .replace(/^npm start(?: -- (.*))?$/, (_, flags: string | undefined) => `shobar serve ${flags ?? ""}`.trim());
}

const everything = pages.flatMap(commandsIn);
const isElsewhere = ({ typed }: DocumentedCommand): boolean => elsewhere.some(({ command }) => command.test(typed));
const tried = everything.filter((documented) => !isElsewhere(documented));

let temporary: string;
beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), "shobar-documented-"));
});
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

/** As a shell takes a line apart, as far as the pages need it. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "").slice(1);
}

/** What stands for a value in the pages. */
const values: Readonly<Record<string, string>> = {
  PATH_OR_NAME: join(root, "models"),
  ID_OR_PATH: join(root, "models"),
  ID: "smollm2-135m-instruct",
};

/** Paths of somebody's machine become paths of this test; only then come the values, which are paths of this test already. */
function moved(command: string, folder: string): string {
  const own = command.replaceAll(/(?<= )\/(mnt|root|srv|tmp|var|home|etc)\//g, `${folder}/$1/`);
  const ofService = own.replaceAll(`${folder}/var/lib/shobar`, join(folder, "data"));
  return ofService.replaceAll(/(?<= )[A-Z]{2}[A-Z_]*\b/g, (word) => values[word] ?? word);
}

/** A folder as the reader of a page has one: an owner, a colleague, a passphrase. */
async function aServerFolder(page: string): Promise<{ folder: string; environment: Record<string, string> }> {
  const folder = join(temporary, page.replaceAll("/", "-"));
  for (const place of ["root", "mnt/backups", "srv", "tmp"]) mkdirSync(join(folder, place), { recursive: true });
  writeFileSync(join(folder, "root", "shobar-passphrase"), "a passphrase that nobody guesses\n", { mode: 0o600 });
  const certificates = join(folder, "etc", "letsencrypt", "live", "chat.example.org");
  mkdirSync(certificates, { recursive: true });
  const { cert, key } = makeCertificate({ names: ["chat.example.org"] });
  writeFileSync(join(certificates, "fullchain.pem"), cert);
  writeFileSync(join(certificates, "privkey.pem"), key, { mode: 0o600 });
  const dataFolder = join(folder, "data");
  await using server = await startTestServer({ dataFolder, flags: ["--no-starter"] });
  await server.claim();
  await server.stop();
  const environment = { SHOBAR_DATA: dataFolder };
  await makePeople(page, environment);
  return { folder, environment };
}

/** Who is there already stays as they are. */
async function makePeople(page: string, environment: Record<string, string>): Promise<void> {
  for (const email of peopleIn(page)) {
    await runProgram(["users", "create", "--name", "Somebody", "--email", email], { environment });
  }
}

/** Whom the commands of a page name without making them. */
function peopleIn(page: string): Set<string> {
  const commandsOfPage = tried.filter((documented) => documented.page === page && !documented.typed.includes("create"));
  return new Set(commandsOfPage.flatMap(({ typed }) => typed.match(/[\w.-]+@[\w.-]+/g) ?? []));
}

/** A server is started, asked whether it is well, and stopped. */
async function serves(words: readonly string[], dataFolder: string): Promise<ProgramEnd> {
  const data = words.includes("--data") ? [] : ["--data", dataFolder];
  const flags = [...words.slice(1), ...data, "--no-starter", "--port", "0"];
  await using server = await startTestServer({ dataFolder, flags: withoutPort(flags) });
  return { code: await server.stop(), stdout: "served", stderr: server.errors() };
}

function withoutPort(flags: readonly string[]): string[] {
  return flags.filter((flag, index) => flag !== "--port" && flags[index - 1] !== "--port");
}

describe.each([...new Set(tried.map(({ page }) => page))])("%s", (page) => {
  test("every command in it does its work", { timeout: 300_000 }, async () => {
    const { folder, environment } = await aServerFolder(page);
    for (const { typed } of tried.filter((documented) => documented.page === page)) {
      const words = wordsOf(moved(typed, folder));
      const isServer = words[0] === "serve" && !words.includes("--help");
      const end = isServer
        ? await serves(words, environment["SHOBAR_DATA"] ?? "")
        : await runProgram(words, { environment });
      expect({ code: end.code, stderr: end.stderr }, typed).toEqual({ code: 0, stderr: "" });
      expect(end.stdout.trim(), typed).not.toBe("");
      // The next example of the page is about somebody who is there.
      if (typed.includes("--chats delete")) await makePeople(page, environment);
    }
  });
});

test("the pages have commands, and each that is not tried here is still in one of them", () => {
  expect(tried.length).toBeGreaterThan(12);
  const stale = elsewhere.filter(({ command }) => !everything.some(({ typed }) => command.test(typed)));
  expect(stale).toEqual([]);
});

test.each(pages)("%s names no command in its sentences that does not exist", (page) => {
  const text = readFileSync(join(root, page), "utf8");
  const named = [...text.matchAll(/`shobar ((?:[a-z-]+)(?: [a-z-]+)?)[^`]*`/g)].map(([, words = ""]) => words);
  const names = commands.map(({ name }) => name);
  const exists = (words: string): boolean =>
    names.some((name) => words === name || words.startsWith(`${name} `) || name.startsWith(`${words} `));
  expect(named.filter((words) => !exists(words))).toEqual([]);
});

const linked = [
  ...pages,
  "docs/why-shobar.md",
  "docs/why-shobar.bn.md",
  "SECURITY.md",
  "GOVERNANCE.md",
  "CONTRIBUTING.md",
];
test.each(linked)("%s leads to pages and pictures that exist", (page) => {
  const text = readFileSync(join(root, page), "utf8");
  const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)|src(?:set)?="([^"]+)"/g)].map(
    ([, link, src]) => link ?? src ?? "",
  );
  const own = links.filter((link) => !/^[a-z]+:/.test(link));
  expect(own.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([]);
});

test("the index names every page", () => {
  const index = readFileSync(join(root, "docs", "README.md"), "utf8");
  const names = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md") && name !== "README.md");
  expect(names.filter((name) => !index.includes(`](${name})`))).toEqual([]);
});
