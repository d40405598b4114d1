import { describe, expect, test } from "vitest";
import { errorCodes } from "../../contract/error-codes.ts";
import { describeCode } from "../server-problem.ts";
import { bn } from "./bn.ts";
import { en } from "./en.ts";
import { createFormat } from "./format.ts";

type Entry = readonly [path: string, sentence: string];

/** Every sentence of a catalogue; functions are called with parameters that fit any of them. */
function sentencesOf(node: object, path = ""): Entry[] {
  const parameters = new Proxy({}, { get: (_, name) => sample(String(name)) });
  return Object.entries(node).flatMap(([key, value]): Entry[] => {
    const here = path === "" ? key : `${path}.${key}`;
    if (typeof value === "string") return [[here, value]];
    if (typeof value === "function") return [[here, String(value(parameters))]];
    return sentencesOf(value as object, here);
  });
}

const wordParameters = [
  "name",
  "title",
  "model",
  "reason",
  "needed",
  "free",
  "date",
  "time",
  "host",
  "browser",
  "system",
  "id",
  "store",
  "folder",
  "flag",
  "path",
  "file",
  "problem",
  "limit",
  "note",
  "by",
  "organisation",
  "role",
  "email",
  "phase",
  "timeZone",
  "provider",
  "hint",
  "from",
  "to",
  "words",
  "source",
  "repository",
  "files",
  "version",
];

/** Made by the browser itself: no server answers them. */
const browserCodes = ["network", "passkey_not_used", "passkey_there_already"];

function sample(name: string): unknown {
  if (name === "languages") return ["en", "bn"];
  return wordParameters.includes(name) ? "X" : 1234;
}

describe("the two catalogues", () => {
  test("have the same keys, and no sentence is empty", () => {
    expect(sentencesOf(bn).map(([path]) => path)).toEqual(sentencesOf(en).map(([path]) => path));
    for (const [path, sentence] of [...sentencesOf(en), ...sentencesOf(bn)]) expect(sentence.trim(), path).not.toBe("");
  });

  test("keep the voice: no exclamation marks, no oops, no sorry", () => {
    for (const [path, sentence] of [...sentencesOf(en), ...sentencesOf(bn)])
      expect(sentence, path).not.toMatch(/!|\boops\b|\bsorry\b|দুঃখিত/i);
  });

  test("Bengali sentences end with their own full stop and use Bengali digits", () => {
    for (const [path, sentence] of sentencesOf(bn)) {
      expect(sentence, path).not.toMatch(/[\u0980-\u09FF]\.(\s|$)/);
      expect(sentence, path).not.toMatch(/[0-9]/);
    }
  });

  test("say the waits as the product promises", () => {
    expect(en.conversation.queued({ position: 3, ms: 8000 })).toBe("Third in the queue, about 8 s.");
    expect(bn.conversation.queued({ position: 3, ms: 8000 })).toBe("আপনি সারিতে তৃতীয়, প্রায় ৮ সেকেন্ড।");
    expect(en.conversation.loadingModel({ model: "Qwen3 4B", percent: 60 })).toBe(
      "Loading Qwen3 4B, 60%. Your question is kept.",
    );
    expect(bn.conversation.loadingModel({ model: "Qwen3 4B", percent: 60 })).toBe(
      "Qwen3 4B লোড হচ্ছে, ৬০%। আপনার প্রশ্ন রাখা আছে।",
    );
    expect(bn.composer.unknownLanguage({ languages: ["en"] })).toBe("এই মডেল ইংরেজি ছাড়া প্রায় কিছুই জানে না।");
  });
});

describe("errors", () => {
  test("every code that a catalogue explains is a code of the contract", () => {
    const known = Object.keys(en.errors).filter((code) => !browserCodes.includes(code));
    expect(known.filter((code) => !(code in errorCodes))).toEqual([]);
  });

  test("a code that the catalogue does not know shows the server's sentence", () => {
    expect(describeCode("model_file_invalid", "The model file x cannot be used.", {}, bn)).toBe(
      "The model file x cannot be used.",
    );
  });

  test("a conversation that is too long is said with both numbers, in the digits of the language", () => {
    const numbers = { promptTokens: 9120, contextTokens: 8192 };
    expect(describeCode("context_length_exceeded", "Server.", numbers, en)).toMatch(/9,120 tokens.* 8,192\./);
    expect(describeCode("context_length_exceeded", "Server.", numbers, bn)).toMatch(/৯,১২০টি টোকেন.* ৮,১৯২টি।/);
  });

  test("a sentence with numbers needs them, else the server's own is shown", () => {
    expect(describeCode("queue_full", "Server.", { seconds: 5 }, en)).toContain("5 s");
    expect(describeCode("queue_full", "Server.", {}, en)).toBe("Server.");
  });
});

describe("numbers", () => {
  test.each([
    ["en", "97 MB", "2.5 GB", "8 s"],
    ["bn", "৯৭ MB", "২.৫ GB", "৮ সেকেন্ড"],
  ] as const)("in %s", (language, megabytes, gigabytes, wait) => {
    const format = createFormat(language);
    expect(format.bytes(97_000_000).replace(/মেবা|মেগাবাইট|MB/, "MB")).toBe(megabytes);
    expect(format.bytes(2.5e9).replace(/গিবা|গিগাবাইট|GB/, "GB")).toBe(gigabytes);
    expect(format.duration(7900)).toBe(wait);
  });
});
