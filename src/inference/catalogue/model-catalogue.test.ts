import { describe, expect, test } from "vitest";
import { partOf } from "../local/model-file-parts.ts";
import { chatArchitectures } from "../local/model-file-architectures.ts";
import { licences, purposes } from "./catalogue-entry.ts";
import { catalogueBytesPerToken, findInCatalogue, modelCatalogue, plannedModel } from "./model-catalogue.ts";

const languageNames = new Intl.DisplayNames(["en"], { type: "language", fallback: "none" });

describe("The catalogue", () => {
  test("names each model, file, size and hash once", () => {
    const each = [
      modelCatalogue.map(({ id }) => id),
      modelCatalogue.map(({ name }) => name),
      modelCatalogue.map(({ sizeBytes }) => sizeBytes),
      modelCatalogue.map(({ sha256 }) => sha256),
    ];
    for (const values of each) expect(new Set<unknown>(values).size).toBe(modelCatalogue.length);
    expect(modelCatalogue.length).toBeGreaterThan(20);
  });

  test("has of every family that people ask for", () => {
    const publishers = new Set(modelCatalogue.map(({ publisher }) => publisher));
    expect([...publishers].toSorted()).toEqual([
      "DeepSeek",
      "Google",
      "Hugging Face",
      "Meta",
      "Mistral AI",
      "OpenAI",
      "Qwen",
    ]);
    expect(modelCatalogue.filter(({ languages }) => languages.includes("bn")).length).toBeGreaterThan(5);
  });

  test.each(modelCatalogue.map((entry) => [entry.id, entry] as const))(
    "%s can be named, fetched and planned",
    (id, entry) => {
      expect(id).toMatch(/^[a-z0-9][a-z0-9.-]{2,60}$/);
      expect(entry.repository).toMatch(/^[\w.-]+\/[\w.-]+$/);
      expect(entry.file).toMatch(/^[\w.-]+\.gguf$/);
      expect(partOf(entry.file)).toBeNull();
      expect(entry.sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(Object.keys(licences)).toContain(entry.licence);
      expect(entry.goodFor.length).toBeGreaterThan(0);
      for (const purpose of entry.goodFor) expect(purposes).toContain(purpose);
      expect(new Set(entry.languages).size).toBe(entry.languages.length);
      for (const code of entry.languages) expect(languageNames.of(code), code).toBeDefined();
      expect(findInCatalogue(` ${id.toUpperCase()} `)).toBe(entry);
    },
  );

  // A slip in a size or a count would show here: a weight of a model is stored in 4 to 9 bits.
  test.each(modelCatalogue.map((entry) => [entry.id, entry] as const))(
    "%s has the bits of its quantisation",
    (_id, entry) => {
      const bits = (8 * entry.sizeBytes) / entry.parameterCount;
      const [least, most] = entry.quantization === "Q8_0" ? [8.4, 9.1] : [4.4, 6.7];
      expect(bits).toBeGreaterThan(least);
      expect(bits).toBeLessThan(most);
      expect(catalogueBytesPerToken(entry)).toBeLessThanOrEqual(entry.sizeBytes);
      const { kvElementsPerToken, trainedContextTokens } = plannedModel(entry);
      expect(kvElementsPerToken).toBeGreaterThan(5_000);
      expect(kvElementsPerToken).toBeLessThan(300_000);
      expect(trainedContextTokens).toBeGreaterThanOrEqual(8_192);
    },
  );

  test("leaves out what the engine cannot run", () => {
    expect(modelCatalogue.some(({ name }) => /embed|rerank/i.test(name))).toBe(false);
    for (const name of ["qwen3", "qwen3moe", "qwen2", "llama", "gemma3", "mistral3", "gpt-oss", "smollm3"]) {
      expect(chatArchitectures.has(name), name).toBe(true);
    }
  });
});
