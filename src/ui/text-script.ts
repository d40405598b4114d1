// Which script a text is written in: for the reading size, for the `lang` of a message, and to warn before a model
// gets a language that it does not know.

const scripts = [
  { code: "Latn", pattern: /\p{Script=Latin}/gu },
  { code: "Beng", pattern: /\p{Script=Bengali}/gu, lang: "bn" },
  { code: "Deva", pattern: /\p{Script=Devanagari}/gu, lang: "hi" },
  { code: "Arab", pattern: /\p{Script=Arabic}/gu, lang: "ar" },
  { code: "Cyrl", pattern: /\p{Script=Cyrillic}/gu },
  { code: "Grek", pattern: /\p{Script=Greek}/gu, lang: "el" },
  { code: "Hebr", pattern: /\p{Script=Hebrew}/gu, lang: "he" },
  { code: "Thai", pattern: /\p{Script=Thai}/gu, lang: "th" },
  { code: "Taml", pattern: /\p{Script=Tamil}/gu, lang: "ta" },
  { code: "Telu", pattern: /\p{Script=Telugu}/gu, lang: "te" },
  { code: "Hang", pattern: /\p{Script=Hangul}/gu, lang: "ko" },
  { code: "Kana", pattern: /[\p{Script=Hiragana}\p{Script=Katakana}]/gu, lang: "ja" },
  { code: "Hani", pattern: /\p{Script=Han}/gu },
] as const;

const longestRead = 4000;
const fewestLetters = 3;

/** The script (ISO 15924) of most letters in the text, or null when there are hardly any letters. */
export function mainScript(text: string): string | null {
  const counts = countScripts(text);
  return counts[0] !== undefined && counts[0].count >= fewestLetters ? counts[0].code : null;
}

/** A BCP 47 language where the script names one well enough for fonts and speech, else undefined. */
export function languageOfScript(text: string): string | undefined {
  const first = countScripts(text)[0];
  const found = scripts.find((script) => script.code === first?.code);
  if (found?.code === "Latn") return "en";
  return found !== undefined && "lang" in found ? found.lang : undefined;
}

/** The direction of a text by its first letter, as `dir="auto"` finds it. */
export function directionOf(text: string): "ltr" | "rtl" {
  const letter = /\p{L}/u.exec(text)?.[0] ?? "";
  return /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u.test(letter)
    ? "rtl"
    : "ltr";
}

/** Whether a model that knows `languages` (BCP 47; empty: unknown) can be expected to read this text. */
export function knowsScript(languages: readonly string[], text: string): boolean {
  const script = mainScript(text);
  if (script === null || languages.length === 0) return true;
  return languages.some((language) => scriptsOf(language).includes(script));
}

function scriptsOf(language: string): string[] {
  try {
    const script = new Intl.Locale(language).maximize().script ?? "";
    if (script === "Jpan") return ["Kana", "Hani"];
    if (script === "Kore") return ["Hang"];
    return [script === "Hans" || script === "Hant" ? "Hani" : script];
  } catch {
    return [];
  }
}

function countScripts(text: string) {
  const start = text.slice(0, longestRead);
  return scripts
    .map(({ code, pattern }) => ({ code, count: start.match(pattern)?.length ?? 0 }))
    .filter(({ count }) => count > 0)
    .toSorted((first, second) => second.count - first.count);
}
