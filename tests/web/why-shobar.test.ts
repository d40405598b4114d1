// What docs/why-shobar.md tells people to look at is there: each page is opened, each command run, each document found.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runProgram } from "../cli/run-program.ts";
import { openRealWeb, type RealWeb } from "./real-web.ts";

const owner = { name: "Anika", email: "anika@example.org", password: "correct horse battery staple" };
const docs = join(import.meta.dirname, "..", "..", "docs");

interface Sight {
  /** A page (`/models`) or a command (`shobar models list`). */
  readonly place: string;
  /** What it shows; empty when the row does not say. */
  readonly words: string;
}

interface PromiseRow {
  readonly promise: string;
  readonly sights: readonly Sight[];
  readonly documents: readonly string[];
  readonly state: string;
}

function readRows(file: string): PromiseRow[] {
  const lines = readFileSync(join(docs, file), "utf8").split("\n");
  const rows = lines.filter((line) => line.startsWith("| ")).slice(2);
  return rows.map((row) => {
    const [promise = "", , seen = "", state = ""] = row.split("|").slice(1, -1).map(trimmed);
    const sights = [...seen.matchAll(/`([^`]+)`(?: \(“([^”]+)”\))?/g)];
    const links = [...seen.matchAll(/\]\(([^)#]+)/g)];
    return {
      promise,
      state,
      sights: sights.map(([, place = "", words = ""]) => ({ place, words })),
      documents: links.map(([, link = ""]) => link),
    };
  });
}

function trimmed(cell: string): string {
  return cell.trim();
}

/** As a shell takes a line apart, as far as the document needs it. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "").slice(1);
}

let web: RealWeb;
beforeAll(async () => {
  web = await openRealWeb();
  const { context } = await web.openAs(owner);
  await context.close();
});
afterAll(() => web[Symbol.asyncDispose]());

const english = readRows("why-shobar.md");
const places = (rows: readonly PromiseRow[]) => rows.map((row) => row.sights.map((sight) => sight.place));

test("every promise has a state, and what works can be seen", () => {
  expect(english.length).toBeGreaterThan(7);
  for (const row of english) {
    expect(["works", "partly", "planned"], row.promise).toContain(row.state);
    if (row.state === "works") expect(row.sights, row.promise).not.toEqual([]);
  }
});

test("the Bengali page promises the same in the same state", () => {
  const states = { "কাজ করে": "works", আংশিক: "partly", পরিকল্পিত: "planned" };
  const bengali = readRows("why-shobar.bn.md");
  expect(bengali.map((row) => states[row.state as keyof typeof states])).toEqual(english.map((row) => row.state));
  expect(places(bengali)).toEqual(places(english));
});

describe.each([
  ["why-shobar.md", "en", "There is nothing here"],
  ["why-shobar.bn.md", "bn", "এখানে কিছু নেই"],
])("%s", (file, locale, notFound) => {
  const rows = readRows(file);

  test("every page that it names opens and shows the words that it quotes", async () => {
    const { page, context } = await web.open({ locale });
    const { email, password } = owner;
    await context.request.post(`${web.server.url}/api/session`, { data: { email, password } });
    for (const { place, words } of rows.flatMap((row) => row.sights).filter((sight) => sight.place.startsWith("/"))) {
      await page.goto(web.server.url + place);
      await page.getByRole("main").waitFor();
      expect(words, `${place} quotes nothing`).not.toBe("");
      await page.getByText(words).filter({ visible: true }).first().waitFor();
      expect(await page.getByText(notFound).count(), place).toBe(0);
    }
    await context.close();
    expect(web.problems).toEqual([]);
  });

  test("every command that it names does its work beside the running server", async () => {
    const commands = rows.flatMap((row) => row.sights).filter((sight) => sight.place.startsWith("shobar "));
    expect(commands).not.toEqual([]);
    for (const { place, words } of new Map(commands.map((sight) => [sight.place, sight])).values()) {
      const environment = { SHOBAR_DATA: web.server.dataFolder };
      const { code, stdout, stderr } = await runProgram(wordsOf(place), { environment });
      expect({ code, stderr }, place).toEqual({ code: 0, stderr: "" });
      expect(stdout.trim(), place).not.toBe("");
      expect(stdout, place).toContain(words);
    }
  });

  test("every document that it links is there", () => {
    const links = rows.flatMap((row) => row.documents);
    expect(links).not.toEqual([]);
    expect(links.filter((link) => !existsSync(join(docs, link)))).toEqual([]);
  });
});
