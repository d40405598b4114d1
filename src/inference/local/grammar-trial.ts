// Grammars that people write run first in a throwaway process, on the model's own vocabulary: the library's parser and
// sampler may need without end, or end their process.
import { createHash } from "node:crypto";
import { dirname, extname, join } from "node:path";
import { AppError } from "../../platform/errors.ts";
import { createInTurn } from "../../platform/in-turn.ts";
import { runTrial } from "./run-trial.ts";

/** What the throwaway process is told. */
export interface GrammarToTry {
  readonly libraryFolder: string;
  readonly modelFile: string;
  readonly grammar: string;
}

export interface TriedGrammar {
  readonly outcome: "works" | "unreadable" | "costly";
}

export interface GrammarTrials {
  /** Throws AppError: invalid_grammar or grammar_too_costly. One at a time; what was tried before is not tried again. */
  check(grammar: GrammarToTry): Promise<void>;
}

const limits = { ms: 5000, heapMegabytes: 256, residentBytes: 1024 * 1024 * 1024 };
const remembered = 200;

/** The trial's entry lies beside the engine's, as source and in the bundle alike. */
export function createGrammarTrials(engineWorkerEntry: string): GrammarTrials {
  const entry = join(dirname(engineWorkerEntry), `grammar-trial-worker${extname(engineWorkerEntry)}`);
  const known = new Map<string, TriedGrammar["outcome"]>();
  const oneByOne = createInTurn();

  const outcomeOf = async (grammar: GrammarToTry): Promise<TriedGrammar["outcome"]> => {
    const key = createHash("sha256").update(JSON.stringify(grammar)).digest("base64");
    const before = known.get(key);
    if (before !== undefined) return before;
    const tried = await runTrial<GrammarToTry, TriedGrammar>(entry, grammar, limits);
    const outcome = tried?.outcome ?? "costly";
    const oldest = known.keys().next();
    if (known.size >= remembered && !oldest.done) known.delete(oldest.value);
    known.set(key, outcome);
    return outcome;
  };

  return {
    async check(grammar) {
      const outcome = await oneByOne(() => outcomeOf(grammar));
      if (outcome === "unreadable") throw new AppError("invalid_grammar", { param: "grammar" });
      if (outcome === "costly") throw new AppError("grammar_too_costly", { param: "grammar" });
    },
  };
}
