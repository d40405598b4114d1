// What a browser says that it is, in the words that people know it by. Only for telling one's own sessions apart: nothing
// is decided by it, and what is not known is null.

type Names = readonly (readonly [name: string, sign: RegExp])[];

/** Those that others' names contain come last: nearly every browser says Safari, and Edge says Chrome. */
const browsers: Names = [
  ["Edge", /\bEdgA?\//],
  ["Opera", /\bOPR\//],
  ["Samsung Internet", /\bSamsungBrowser\//],
  ["Firefox", /\b(Firefox|FxiOS)\//],
  ["Chrome", /\b(Chrome|CriOS|HeadlessChrome)\//],
  ["Safari", /\bVersion\/[\d.]+ .*Safari\//],
  ["curl", /^curl\//],
];

const systems: Names = [
  ["Android", /\bAndroid\b/],
  ["iPhone", /\biPhone\b/],
  ["iPad", /\biPad\b/],
  ["Windows", /\bWindows\b/],
  ["macOS", /\bMac OS X\b/],
  ["ChromeOS", /\bCrOS\b/],
  ["Linux", /\bLinux\b/],
];

export function describeUserAgent(userAgent: string): { browser: string | null; system: string | null } {
  const nameIn = (names: Names) => names.find(([, sign]) => sign.test(userAgent))?.[0] ?? null;
  return { browser: nameIn(browsers), system: nameIn(systems) };
}
