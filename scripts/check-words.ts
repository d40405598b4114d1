// One word for each thing, in Bengali as in English: docs/words.md has the terms, and this finds Bengali texts that lack
// one or use a word that is listed as not meant.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { bn } from "../src/ui/i18n/bn.ts";
import { en } from "../src/ui/i18n/en.ts";
import { rootFolder } from "./setup/root-folder.mjs";

export interface Term {
  readonly english: string;
  /** Each of them will do: a noun and its verb. */
  readonly bengali: readonly string[];
  readonly rivals: readonly string[];
}

/** The same text in both languages, under the name by which a person finds it. */
export interface TextPair {
  readonly name: string;
  readonly english: string;
  readonly bengali: string;
}

/** The rows of the table in docs/words.md; its fifth column and what stands around it are for people. */
export function readTerms(document: string): Term[] {
  const rows = document.split("\n").filter((line) => line.startsWith("| "));
  return rows.slice(2).map((row) => {
    const [english = "", bengali = "", , rivals = ""] = row
      .split("|")
      .slice(1)
      .map((cell) => cell.trim());
    return { english, bengali: bengali.split(", "), rivals: rivals === "" ? [] : rivals.split(", ") };
  });
}

/** Every text that goes against the terms, as "name: what is wrong". */
export function findWordFaults(terms: readonly Term[], pairs: readonly TextPair[]): string[] {
  return pairs.flatMap(({ name, english, bengali }) =>
    terms.flatMap((term) => {
      const wanted = term.bengali.join(" or ");
      const rivals = term.rivals.filter((rival) => hasBengali(bengali, rival));
      const isMissing = hasEnglish(english, term.english) && !term.bengali.some((word) => hasBengali(bengali, word));
      return [
        ...rivals.map((rival) => `${name}: says "${rival}"; the word for "${term.english}" is "${wanted}"`),
        ...(isMissing ? [`${name}: "${term.english}" is "${wanted}" in Bengali`] : []),
      ];
    }),
  );
}

function hasEnglish(text: string, word: string): boolean {
  return new RegExp(String.raw`\b${word}s?\b`, "i").test(text);
}

/** At the start of a word only: Bengali adds its endings to the end. One letter may have two spellings in Unicode. */
function hasBengali(text: string, word: string): boolean {
  return new RegExp(String.raw`(?<![\p{L}\p{M}])${word.normalize("NFC")}`, "u").test(text.normalize("NFC"));
}

/** The two catalogues, text by text; of a text with parameters, what is written in it. */
export function pairTexts(english: object, bengali: object, place: string): TextPair[] {
  const partners = new Map(Object.entries(bengali));
  return Object.entries(english).flatMap(([key, value]: [string, unknown]) => {
    const partner: unknown = partners.get(key);
    const name = `${place} ${key}`;
    if (isBranch(value) && isBranch(partner)) return pairTexts(value, partner, name);
    return [{ name, english: writtenIn(value), bengali: writtenIn(partner) }];
  });
}

function isBranch(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function writtenIn(value: unknown): string {
  if (typeof value !== "function") return String(value);
  const quoted = String(value).match(/"(?:[^"\\]|\\.)*"|`[^`]*`/g) ?? [];
  return quoted.join(" ").replaceAll(/\$\{[^}]*\}/g, " ");
}

/** A document as people read it: without code and without where its links lead. */
function readProse(root: string, file: string): string {
  const text = readFileSync(path.join(root, file), "utf8");
  return text
    .replaceAll(/^```[^]*?^```/gm, "")
    .replaceAll(/^ {4}.*$/gm, "")
    .replaceAll(/`[^`]*`/g, "")
    .replaceAll(/\]\([^)]*\)/g, "]");
}

/** The documents that exist in both languages. */
export function pairDocuments(root: string, files: readonly string[]): TextPair[] {
  return files.map((file) => {
    const partner = file.replace(/\.md$/, ".bn.md");
    if (!existsSync(path.join(root, partner))) throw new Error(`${partner} is missing.`);
    return { name: partner, english: readProse(root, file), bengali: readProse(root, partner) };
  });
}

if (import.meta.main) {
  const terms = readTerms(readFileSync(path.join(rootFolder, "docs", "words.md"), "utf8"));
  const documents = pairDocuments(rootFolder, ["README.md", "docs/why-shobar.md"]);
  const faults = findWordFaults(terms, [...pairTexts(en, bn, "bn.ts"), ...documents]);
  for (const fault of faults) console.log(fault);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
