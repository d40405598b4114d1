// How far what Shobar offers has been tried, as data: docs/support.md is printed from it, and nothing else claims more.
import { providerPresets } from "../providers/catalogue.ts";
import type { CatalogueEntry } from "./catalogue-entry.ts";
import { modelCatalogue } from "./model-catalogue.ts";

export const supportStates = ["run-for-real", "random-weights", "template-or-stream", "untried"] as const;
export type SupportState = (typeof supportStates)[number];

export interface SupportRow {
  readonly kind: "model" | "service" | "machine";
  readonly what: string;
  readonly state: SupportState;
  /** For what was run for real: when, and on what. */
  readonly run?: { readonly date: string; readonly machine: string };
  readonly note?: string;
}

const here = { date: "2026-11-24", machine: "2 × AMD EPYC, 24 GiB, linux x64" };
const installed = "Its parts are installed; nobody has started it there.";

/** Of a model of the catalogue: no weights of it were run, its prompts may have been compared. */
export function supportOf({ template }: CatalogueEntry): SupportState {
  return template === undefined ? "untried" : "template-or-stream";
}

export const supportRows: readonly SupportRow[] = [
  { kind: "model", what: "SmolLM2 135M Instruct, Q4_1 (comes with Shobar)", state: "run-for-real", run: here },
  ...modelCatalogue.map((entry): SupportRow => ({
    kind: "model",
    what: `${entry.name}, ${entry.quantization}`,
    state: supportOf(entry),
    ...(entry.template === undefined ? {} : { note: `Prompts of the template ${entry.template}.` }),
  })),
  ...providerPresets.map(({ id, name }): SupportRow => ({
    kind: "service",
    ...(id === "other"
      ? {
          what: "Any server that speaks OpenAI's API",
          state: "template-or-stream",
          note: "Replies in the form that OpenAI publishes, served by a stand-in.",
        }
      : { what: name, state: "untried", note: "By its own pages it speaks OpenAI's API." }),
  })),
  { kind: "machine", what: "Linux, x64", state: "run-for-real", run: here },
  { kind: "machine", what: "Linux, arm64", state: "untried", note: installed },
  { kind: "machine", what: "macOS", state: "untried" },
  { kind: "machine", what: "Windows, x64", state: "untried", note: installed },
];
