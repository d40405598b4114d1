// The language of the page. English is in the first download; the other catalogue comes when it is needed.
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { readStored, writeStored } from "../stored.ts";
import { type Catalogue, en } from "./en.ts";
import { createFormat, type Format, type Language, languages } from "./format.ts";

interface LanguageState {
  readonly language: Language;
  readonly text: Catalogue;
  readonly format: Format;
  /** null: as the browser says. */
  readonly setLanguage: (language: Language | null) => void;
}

export interface LoadedLanguage {
  readonly language: Language;
  readonly text: Catalogue;
}

const LanguageContext = createContext<LanguageState | null>(null);
const storageKey = "shobar.language";

export async function loadLanguage(language: Language): Promise<LoadedLanguage> {
  return { language, text: language === "bn" ? (await import("./bn.ts")).bn : en };
}

/** What the member chose here before, else the browser's first language that we speak. */
export function preferredLanguage(): Language {
  const stored = readStored(storageKey);
  return languages.find((language) => language === stored) ?? browserLanguage();
}

function browserLanguage(): Language {
  const spoken = navigator.languages.map((tag) => tag.slice(0, 2));
  return languages.find((language) => language === spoken.find((tag) => tag === "en" || tag === "bn")) ?? "en";
}

export function LanguageProvider({ initial, children }: { initial: LoadedLanguage; children: ReactNode }) {
  const [loaded, setLoaded] = useState(initial);
  const [wanted, setWanted] = useState(initial.language);
  useEffect(() => {
    if (wanted === loaded.language) return;
    let current = true;
    void loadLanguage(wanted).then((next) => current && setLoaded(next));
    return () => {
      current = false;
    };
  }, [wanted, loaded.language]);
  useEffect(() => {
    document.documentElement.lang = loaded.language;
  }, [loaded.language]);
  const state = useMemo<LanguageState>(
    () => ({
      language: loaded.language,
      text: loaded.text,
      format: createFormat(loaded.language),
      setLanguage: (language) => {
        writeStored(storageKey, language);
        setWanted(language ?? browserLanguage());
      },
    }),
    [loaded],
  );
  return <LanguageContext value={state}>{children}</LanguageContext>;
}

export function useLanguage(): LanguageState {
  const state = useContext(LanguageContext);
  if (state === null) throw new Error("LanguageProvider is missing above this component.");
  return state;
}

export function useText(): Catalogue {
  return useLanguage().text;
}
