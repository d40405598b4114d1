import { expect, test } from "vitest";
import { directionOf, knowsScript, languageOfScript, mainScript } from "./text-script.ts";

test.each([
  ["How are you?", "Latn"],
  ["আপনি কেমন আছেন?", "Beng"],
  ["आप कैसे हैं?", "Deva"],
  ["كيف حالك؟", "Arab"],
  ["你好吗朋友", "Hani"],
  ["12345 !!", null],
])("%s is written in %s", (text, script) => {
  expect(mainScript(text)).toBe(script);
});

test.each([
  ["- one", "ltr"],
  ["1. واحد", "rtl"],
  ["12 — !", "ltr"],
])("%s runs %s", (text, direction) => {
  expect(directionOf(text)).toBe(direction);
});

test("a Bengali question with an English word is still Bengali", () => {
  expect(languageOfScript("পাইথনে file কীভাবে পড়ব?")).toBe("bn");
});

test("a model that knows only English is not expected to read Bengali", () => {
  expect(knowsScript(["en"], "আপনি কেমন আছেন?")).toBe(false);
  expect(knowsScript(["en", "bn"], "আপনি কেমন আছেন?")).toBe(true);
  expect(knowsScript(["ja"], "今日は元気ですか")).toBe(true);
});

test("a model whose languages are unknown is given the benefit of the doubt", () => {
  expect(knowsScript([], "আপনি কেমন আছেন?")).toBe(true);
});
