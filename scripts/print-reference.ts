// Prints docs/settings.md, docs/errors.md and docs/support.md from the code that they describe: `npm run -s reference`.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { type ErrorDescription, errorCodes } from "../src/contract/error-codes.ts";
import { type SupportRow, supportRows, type SupportState } from "../src/inference/catalogue/support.ts";
import { defaultOf, factsOf, flagOf, settingNames, variableOf } from "../src/platform/config/settings.ts";

export function printReference(): Record<string, string> {
  return { "settings.md": printSettings(), "errors.md": printErrors(), "support.md": printSupport() };
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

const stateWords: Readonly<Record<SupportState, string>> = {
  "run-for-real": "run for real",
  "random-weights": "same architecture with random weights",
  "template-or-stream": "template or recorded stream only",
  untried: "untried",
};

function printSupport(): string {
  const lines = (kind: SupportRow["kind"]) =>
    supportRows
      .filter((row) => row.kind === kind)
      .map(({ what, state, run, note }) => {
        const proof = run === undefined ? "" : ` (${run.date}, ${run.machine})`;
        return `- ${what}: **${stateWords[state]}**${proof}.${note === undefined ? "" : ` ${note}`}`;
      });
  return [
    "# What has been tried",
    "",
    "Printed from `src/inference/catalogue/support.ts`: for whoever wants to know before trusting it. Each line has one state. _Run for real_: these weights",
    "answered on the machine that is named. _Same architecture with random weights_: a small file of that shape was computed. _Template or recorded stream",
    "only_: the prompts that the model would get, or the replies that the service gives, are compared with what their makers publish. _Untried_: it should",
    "work, and nobody has seen it. If you run one, say so, with the machine and the date.",
    "",
    "## Models of the catalogue",
    "",
    ...lines("model"),
    "",
    "## Services outside",
    "",
    ...lines("service"),
    "",
    "## Machines",
    "",
    ...lines("machine"),
    "",
  ].join("\n");
}

if (import.meta.main) {
  for (const [name, text] of Object.entries(printReference())) {
    writeFileSync(path.join(import.meta.dirname, "..", "docs", name), text);
  }
}
