// Why something failed has a code wherever a browser explains it, so that it can be said in every language.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { reasons } from "../../src/contract/reasons.ts";
import { en } from "../../src/ui/i18n/en.ts";

const root = join(import.meta.dirname, "../..");
const serverSource = globSync("src/{platform,inference,features,server}/**/*.ts", { cwd: root })
  .filter((file) => !/\.test|fake|\/web\//.test(file))
  .map((file) => readFileSync(join(root, file), "utf8"))
  .join("\n");

test("no error that a browser explains is given a reason without a code", () => {
  const explained = Object.entries(en.errors).flatMap(([code, entry]) =>
    typeof entry === "function" && /\bp\.(?:problem|reason)\b/.test(entry.toString()) ? [code] : [],
  );
  expect(explained).toEqual(
    expect.arrayContaining(["model_unusable", "address_not_allowed", "backup_folder_unusable"]),
  );
  // What is wrong with a request's own fields is for programs; people meet the few that have a code.
  const watched = explained.filter((code) => code !== "invalid_request");
  const uncoded = [...serverSource.matchAll(/new AppError\(\s*"(\w+)",\s*\{([^}]*)\}/g)].filter(
    ([, code = "", details = ""]) => watched.includes(code) && /\b(?:problem|reason):\s*["'`]/.test(details),
  );
  expect(uncoded.map(([made]) => made)).toEqual([]);
});

test("every reason is given by the server somewhere", () => {
  expect(Object.keys(reasons).filter((code) => !serverSource.includes(`"${code}"`))).toEqual([]);
});
