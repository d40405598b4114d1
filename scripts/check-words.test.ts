import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { findWordFaults, pairDocuments, pairTexts, readTerms } from "./check-words.ts";

const terms = readTerms(`# Words

| English | বাংলা | what it is | not |
| --- | --- | --- | --- |
| message | বার্তা | one entry of a chat | মেসেজ, ম্যাসেজ |
| sign in | প্রবেশ, ঢুকুন | to show who one is | |
`);

const faultsOf = (english: string, bengali: string): string[] =>
  findWordFaults(terms, [{ name: "here", english, bengali }]);

test("the table of the glossary is read row by row", () => {
  expect(terms).toEqual([
    { english: "message", bengali: ["বার্তা"], rivals: ["মেসেজ", "ম্যাসেজ"] },
    { english: "sign in", bengali: ["প্রবেশ", "ঢুকুন"], rivals: [] },
  ]);
});

test.each([
  ["Copy the message", "বার্তাটি কপি করুন"],
  ["Messages", "বার্তাগুলো"],
  ["Sign in", "ঢুকুন"],
  ["Sign in to go on", "প্রবেশ করুন"],
  ["Messageboard", "লেখালেখি"],
])("%s and %s agree", (english, bengali) => {
  expect(faultsOf(english, bengali)).toEqual([]);
});

test.each(["Copy the message", "Messages"])("a text that lacks the term for %s is a fault", (english) => {
  expect(faultsOf(english, "লেখাটি কপি করুন")).toEqual([`here: "message" is "বার্তা" in Bengali`]);
});

test("a rival is a fault, also with an ending and where the English has another word", () => {
  expect(faultsOf("Notes", "মেসেজগুলো")).toEqual([`here: says "মেসেজ"; the word for "message" is "বার্তা"`]);
});

test("a rival within another word is none", () => {
  expect(faultsOf("Notes", "অমেসেজ")).toEqual([]);
});

test("the two spellings that Unicode has for one letter are the same word", () => {
  const [composed, decomposed] = ["\u09DF", "\u09AF\u09BC"];
  const rows = [{ english: "time", bengali: [`সম${composed}`], rivals: [] }];
  expect(findWordFaults(rows, [{ name: "here", english: "time", bengali: `সম${decomposed}` }])).toEqual([]);
});

test("catalogues are compared text by text, of functions only what they say", () => {
  const english = { chats: { count: (p: { message: string }) => `Chat ${p.message}`, title: "Title" } };
  const bengali = { chats: { count: (p: { message: string }) => `চ্যাট ${p.message}`, title: "নাম" } };
  const pairs = pairTexts(english, bengali, "bn.ts");
  expect(pairs.map((pair) => pair.name)).toEqual(["bn.ts chats count", "bn.ts chats title"]);
  expect(pairs[0]?.english).toContain("Chat");
  expect(findWordFaults(terms, pairs)).toEqual([]);
});

test("of documents, code and the addresses of links are not read", async () => {
  const root = await mkdtemp(path.join(tmpdir(), "shobar-words-"));
  const english = "Start.\n\n    message = 1\n\n```js\nmessage\n```\n\n`message` and [it](message.md)\n";
  await writeFile(path.join(root, "README.md"), english);
  await writeFile(path.join(root, "README.bn.md"), "শুরু।");
  expect(findWordFaults(terms, pairDocuments(root, ["README.md"]))).toEqual([]);
  await writeFile(path.join(root, "README.md"), "Send a message.");
  expect(findWordFaults(terms, pairDocuments(root, ["README.md"]))).toEqual([
    `README.bn.md: "message" is "বার্তা" in Bengali`,
  ]);
  await rm(root, { recursive: true });
});
