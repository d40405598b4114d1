// Why something failed, inside an error's sentence: a Bengali reader gets Bengali, and somebody else's words stay theirs.
import { describe, expect, test } from "vitest";
import { because, type ReasonCode, reasons, sayReason } from "../../contract/reasons.ts";
import { describeCode, describeReason } from "../server-problem.ts";
import { bn } from "./bn.ts";
import { bnReasons } from "./bn-reasons.ts";
import { en } from "./en.ts";

const codes = Object.keys(reasons) as ReasonCode[];
const parts = { it: "general.name", number: 12_345, count: 7, limit: 99 };
const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).toSorted();

/** What is written in Latin letters in Bengali too. */
const names = /https?:\/\/|\bhttps?\b|git lfs pull|\b(?:TLS|HTTP|UTF-8|GGUF|Git LFS|MB)\b/g;

describe("Every reason", () => {
  test.each(codes)("%s has a text in both languages, as a part of a sentence", (code) => {
    const [english, bengali] = [reasons[code], bnReasons[code]];
    for (const text of [english, bengali]) expect(text).toMatch(/\S/);
    expect(places(bengali)).toEqual(places(english));
    expect(english).not.toMatch(/[.!]$/);
    expect(bengali).not.toMatch(/[.!।]$/);
    expect(bengali).toMatch(/[\u0980-\u09FF]/);
    const own = bengali.replace(/\{\w+\}/g, "").replace(names, "");
    expect(own).not.toMatch(/[A-Za-z0-9]/);
  });

  test.each(codes)("%s is said in the reader's language within an error's sentence", (code) => {
    const details = { file: "modell.gguf", ...because(code, parts) };
    const english = sayReason(code, parts);
    const [inEnglish, inBengali] = [en, bn].map((text) => describeCode("model_unusable", "Server.", details, text));
    expect(inEnglish).toContain(english);
    expect(inBengali).not.toContain(english);
    expect(inBengali).not.toMatch(/\{\w+\}/);
    if (reasons[code].includes("{number}")) expect(inBengali).toContain("১২,৩৪৫");
  });
});

describe("Words of somebody else", () => {
  test("stay as they are, and a service's are marked as its own", () => {
    const details = { provider: "DeepSeek", reason: "Incorrect API key" };
    expect(describeCode("provider_key_refused", "", details, en)).toContain("(in its words: “Incorrect API key”)");
    expect(describeCode("provider_key_refused", "", details, bn)).toContain("(তাদের কথায়: “Incorrect API key”)");
    const damaged = { file: "shobar.db", problem: "database disk image is malformed" };
    expect(describeCode("database_damaged", "", damaged, bn)).toContain("(“database disk image is malformed”)");
  });

  test("are also what a newer server says with a code that this page does not know", () => {
    const details = { file: "a.gguf", problem: "it is too new", reasonCode: "toString" };
    expect(describeCode("model_unusable", "", details, bn)).toContain("“it is too new”");
    expect(describeCode("model_unusable", "", details, en)).toContain(": it is too new.");
  });
});

describe("A reason that is an error of its own", () => {
  test("is said whole in the reader's language, down to its own reason", () => {
    const details = { file: "b.shobar", causeCode: "backup_invalid", ...because("backup_damaged") };
    const made = {
      ...details,
      problem: "b.shobar cannot be restored: it is damaged or cut off",
      causeProblem: details.problem,
    };
    const inBengali = describeCode("backup_not_proven", "Server.", made, bn);
    expect(inBengali).toContain(bnReasons.backup_damaged);
    expect(inBengali.replaceAll("b.shobar", "")).not.toMatch(/[A-Za-z]/);
    expect(describeCode("backup_not_proven", "Server.", made, en)).toMatch(
      /cannot be restored: it is damaged or cut off\. Do not/,
    );
  });

  test("is quoted where no text is known for it", () => {
    const made = { file: "b", problem: "Something else", causeCode: "schema_unexpected" };
    expect(describeCode("backup_not_proven", "Server.", made, bn)).toContain("“Something else”");
    expect(describeReason(made, en)).toBe("Something else");
  });
});
