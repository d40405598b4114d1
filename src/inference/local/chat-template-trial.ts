// Templates are programs from strangers: each runs first in a process with little time and memory, and only if it behaved
// there in this one, where every rendering still has its bounds.
import { dirname, extname, join } from "node:path";
import { because } from "../../contract/reasons.ts";
import { AppError, type ErrorDetails } from "../../platform/errors.ts";
import { type ChatTemplate, createChatTemplate } from "./chat-template.ts";
import type { ChatTemplateSource } from "./chat-template-compile.ts";
import { runTrial } from "./run-trial.ts";

const limits = { ms: 5000, heapMegabytes: 64 };

export interface TrialResult {
  /** For the details of an error; null where it works. */
  readonly problem: ErrorDetails | null;
}

/** The trial's entry lies beside the engine's, as source and in the bundle alike. */
export function templateWorkerEntry(engineWorkerEntry: string): string {
  return join(dirname(engineWorkerEntry), `chat-template-worker${extname(engineWorkerEntry)}`);
}

/** Tries a template apart, then makes it ready here. Throws AppError("model_file_invalid"). */
export async function openChatTemplate(source: ChatTemplateSource, workerEntry: string): Promise<ChatTemplate> {
  // Our own template needs no trial.
  if (source.template !== null) {
    const { fileName, template, bosToken, eosToken } = source;
    const tried = await runTrial<ChatTemplateSource, TrialResult>(
      workerEntry,
      { fileName, template, bosToken, eosToken },
      limits,
    );
    const { problem } = tried ?? { problem: because("model_template_costly") };
    if (problem !== null) throw new AppError("model_file_invalid", { file: source.fileName, ...problem });
  }
  return createChatTemplate(source);
}
