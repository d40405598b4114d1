// Writes THIRD-PARTY-NOTICES.md from the lockfile and the installed packages: what the product is delivered with, under which licence.
// `--check` fails when the file is not up to date or a licence is not on the list of those that go with Apache-2.0.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const allowedLicences = new Set([
  "0BSD",
  "Apache-2.0",
  "Apache-2.0 OR MIT",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MIT OR Apache-2.0",
  "MPL-2.0",
  "OFL-1.1",
  "Python-2.0",
  "(MIT OR Apache-2.0)",
  "(MIT OR CC0-1.0)",
  "Unlicense",
]);
const file = "THIRD-PARTY-NOTICES.md";

/** Data that was taken over without its package; its licence asks for the whole text. */
const commonPasswordsNotice = `## Common passwords

\`src/features/users/server/common-password-list.ts\` is made from \`passwords.json\` of @zxcvbn-ts/language-common 3.0.4, under this licence:

    Copyright (c) 2012-2016 Dan Wheeler and Dropbox, Inc.

    Permission is hereby granted, free of charge, to any person obtaining
    a copy of this software and associated documentation files (the
    "Software"), to deal in the Software without restriction, including
    without limitation the rights to use, copy, modify, merge, publish,
    distribute, sublicense, and/or sell copies of the Software, and to
    permit persons to whom the Software is furnished to do so, subject to
    the following conditions:

    The above copyright notice and this permission notice shall be
    included in all copies or substantial portions of the Software.

    THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND,
    EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
    MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
    NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE
    LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION
    OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION
    WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
}

interface Notice {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
}

function readNotices(): Notice[] {
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as { packages: Record<string, LockedPackage> };
  const notices = Object.entries(lock.packages)
    .filter(([path, locked]) => path.startsWith("node_modules/") && !locked.dev)
    .map(([path, locked]) => ({
      name: path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length),
      version: locked.version ?? "",
      licence: locked.license ?? installedLicence(path),
    }));
  const unique = new Map(notices.map((notice) => [`${notice.name}@${notice.version}`, notice]));
  return [...unique.values()].toSorted(
    (a, b) => a.name.localeCompare(b.name, "en") || a.version.localeCompare(b.version, "en"),
  );
}

function installedLicence(path: string): string {
  const manifest = join(path, "package.json");
  if (!existsSync(manifest)) {
    return "unknown";
  }
  const { license } = JSON.parse(readFileSync(manifest, "utf8")) as { license?: string };
  return license ?? "unknown";
}

function print(notices: readonly Notice[]): string {
  const rows = notices.map(({ name, version, licence }) => `| ${name} | ${version} | ${licence} |`);
  return [
    "# Third-party notices",
    "",
    "Shobar is delivered with the packages below; each one's full licence text is in its folder under `node_modules/`. The starter model's",
    "notice is in `models/README.md`. llama.cpp (MIT) is inside the `@node-llama-cpp` packages. Fonts (Inter, Noto Sans Bengali, JetBrains",
    "Mono) are under the SIL Open Font License 1.1. This file is printed by `node scripts/third-party-notices.ts`.",
    "",
    "| package | version | licence |",
    "|---|---|---|",
    ...rows,
    "",
    commonPasswordsNotice,
  ].join("\n");
}

const notices = readNotices();
const refused = notices.filter(({ licence }) => !allowedLicences.has(licence));
if (refused.length > 0) {
  console.error(`Licences to look at first: ${refused.map(({ name, licence }) => `${name} (${licence})`).join(", ")}`);
  process.exitCode = 1;
}
const text = print(notices);
if (!process.argv.includes("--check")) {
  writeFileSync(file, text);
} else if (!existsSync(file) || readFileSync(file, "utf8") !== text) {
  console.error(`${file} is not up to date: run node scripts/third-party-notices.ts`);
  process.exitCode = 1;
}
