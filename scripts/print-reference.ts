// Prints docs/settings.md and docs/errors.md from the code that they describe: `npm run -s reference`.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { type ErrorDescription, errorCodes } from "../src/contract/error-codes.ts";
import { defaultOf, factsOf, flagOf, settingNames, variableOf } from "../src/platform/config/settings.ts";

export function printReference(): Record<string, string> {
  return { "settings.md": printSettings(), "errors.md": printErrors() };
}

// Lists, not tables: a formatter pads tables, and then no change of one line stays one line.
function printSettings(): string {
  const lines = settingNames.map((name) => {
    const { description, placeholder, isList } = factsOf(name);
    const flag = placeholder === undefined ? `--${flagOf(name)}` : `--${flagOf(name)} ${placeholder}`;
    const repeat = isList ? " May be given several times; separated by commas in the variable." : "";
    return `- \`${flag}\` or \`${variableOf(name)}\`, default ${defaultOf(name)}: ${description}${repeat}`;
  });
  return [
    "# Settings",
    "",
    "Printed from `src/platform/config/settings.ts`. A flag of `npm start -- …` or `shobar serve …` wins over a variable.",
    "",
    ...lines,
    "",
  ].join("\n");
}

function printErrors(): string {
  const lines = Object.entries<ErrorDescription>(errorCodes).map(([code, { status, message, retryable, exitCode }]) => {
    const facts = [
      `${status}`,
      ...(retryable ? ["try again"] : []),
      ...(exitCode === undefined ? [] : [`exit code ${exitCode}`]),
    ];
    return `- \`${code}\` (${facts.join(", ")}): ${message}`;
  });
  return [
    "# Errors",
    "",
    "Printed from `src/contract/error-codes.ts`: the code, the API's status, whether the same request may succeed later, and",
    "what a command exits with where that is not 1. Codes are never given another meaning.",
    "",
    ...lines,
    "",
  ].join("\n");
}

if (import.meta.main) {
  for (const [name, text] of Object.entries(printReference())) {
    writeFileSync(path.join(import.meta.dirname, "..", "docs", name), text);
  }
}
