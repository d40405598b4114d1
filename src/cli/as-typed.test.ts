import { expect, test } from "vitest";
import { asTyped } from "./as-typed.ts";

const inClone = (text: string) => asTyped(text, "npm run -s shobar --");

test.each([
  [
    "To go back: stop the server, then shobar rollback",
    "To go back: stop the server, then npm run -s shobar -- rollback",
  ],
  ["Usage: shobar COMMAND [OPTIONS]", "Usage: npm run -s shobar -- COMMAND [OPTIONS]"],
  ["See: shobar --help", "See: npm run -s shobar -- --help"],
  ["`shobar models list` shows the folder.", "`npm run -s shobar -- models list` shows the folder."],
])("a clone names a command as it is typed there: %s", (text, typed) => {
  expect(inClone(text)).toBe(typed);
  expect(asTyped(text, "shobar")).toBe(text);
});

test.each([
  "# Written by `shobar service install`.",
  "The data is in /var/lib/shobar backups",
  "The service belongs to the user shobar and runs as it.",
])("what is no command to type stays: %s", (text) => {
  expect(inClone(text)).toBe(text);
});
