// Numbers, sizes, times and plurals in one language. Catalogues and pages share it, so that digits agree everywhere.

export type Language = "en" | "bn";
export const languages: readonly Language[] = ["en", "bn"];

export interface Format {
  readonly number: (value: number) => string;
  /** A large count in short: 135 million, 13.5 কোটি. */
  readonly count: (value: number) => string;
  /** A size that programs count in powers of two, as people call it: 131,072 is 128k. */
  readonly thousands: (value: number) => string;
  /** `value` from 0 to 100. */
  readonly percent: (value: number) => string;
  readonly bytes: (bytes: number) => string;
  /** A wait, rounded to whole seconds or minutes. */
  readonly duration: (ms: number) => string;
  readonly date: (timestamp: number) => string;
  readonly dateTime: (timestamp: number) => string;
  readonly time: (timestamp: number) => string;
  readonly month: (timestamp: number) => string;
  /** The name of a language (BCP 47 code), in this language. */
  readonly languageName: (code: string) => string;
  readonly list: (parts: readonly string[]) => string;
  readonly plural: (count: number, forms: { one: string; other: string }) => string;
}

export function createFormat(language: Language): Format {
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const counts = new Intl.NumberFormat(language, {
    notation: "compact",
    compactDisplay: "long",
    maximumFractionDigits: 1,
  });
  const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 });
  const unit = (name: string, digits: number) =>
    new Intl.NumberFormat(language, { style: "unit", unit: name, unitDisplay: "short", maximumFractionDigits: digits });
  const long = (name: string) => new Intl.NumberFormat(language, { style: "unit", unit: name, unitDisplay: "long" });
  const units = { kilobyte: unit("kilobyte", 0), megabyte: unit("megabyte", 0), gigabyte: unit("gigabyte", 1) };
  const waits =
    language === "en"
      ? { second: unit("second", 0), minute: unit("minute", 0) }
      : { second: long("second"), minute: long("minute") };
  const dates = {
    date: new Intl.DateTimeFormat(language, { dateStyle: "medium" }),
    dateTime: new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }),
    time: new Intl.DateTimeFormat(language, { timeStyle: "short" }),
    month: new Intl.DateTimeFormat(language, { month: "long", year: "numeric" }),
  };
  const names = new Intl.DisplayNames(language, { type: "language" });
  const list = new Intl.ListFormat(language, { type: "conjunction" });
  const plurals = new Intl.PluralRules(language);
  return {
    number: (value) => number.format(value),
    count: (value) => counts.format(value),
    thousands: (value) => {
      if (value >= 1e6) return counts.format(value);
      return `${number.format(value / (value % 1024 === 0 ? 1024 : 1000))}${language === "en" ? "k" : " হাজার"}`;
    },
    percent: (value) => percent.format(value / 100),
    bytes: (bytes) => {
      if (bytes >= 1e9) return units.gigabyte.format(bytes / 1e9);
      return bytes >= 1e6 ? units.megabyte.format(bytes / 1e6) : units.kilobyte.format(bytes / 1e3);
    },
    duration: (ms) => {
      const seconds = Math.max(1, Math.round(ms / 1000));
      return (seconds < 90 ? waits.second.format(seconds) : waits.minute.format(Math.round(seconds / 60))).replace(
        "sec",
        "s",
      );
    },
    date: (timestamp) => dates.date.format(timestamp),
    dateTime: (timestamp) => dates.dateTime.format(timestamp),
    time: (timestamp) => dates.time.format(timestamp),
    month: (timestamp) => dates.month.format(timestamp),
    languageName: (code) => names.of(code) ?? code,
    list: (parts) => list.format(parts),
    plural: (count, forms) => (plurals.select(count) === "one" ? forms.one : forms.other),
  };
}
