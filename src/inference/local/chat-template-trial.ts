// Templates are programs from strangers: each runs first in a process with little time and memory, and only if it behaved
// there in this one, where every rendering still has its bounds.
import { fork } from "node:child_process";
import { once } from "node:events";
import { dirname, extname, join } from "node:path";
import { because } from "../../contract/reasons.ts";
import { AppError, type ErrorDetails } from "../../platform/errors.ts";
import { type ChatTemplate, createChatTemplate } from "./chat-template.ts";
import type { ChatTemplateSource } from "./chat-template-compile.ts";

const maxTrialMs = 5000;
const maxTrialMegabytes = 64;

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
    const { problem } = await runTrial(source, workerEntry);
    if (problem !== null) throw new AppError("model_file_invalid", { file: source.fileName, ...problem });
  }
  return createChatTemplate(source);
}

async function runTrial(source: ChatTemplateSource, workerEntry: string): Promise<TrialResult> {
  const child = fork(workerEntry, [], {
    execPath: process.execPath,
    execArgv: [`--max-old-space-size=${maxTrialMegabytes}`],
    env: {},
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const tooMuch: TrialResult = { problem: because("model_template_costly") };
  const timer = setTimeout(() => child.kill("SIGKILL"), maxTrialMs);
  const { fileName, template, bosToken, eosToken } = source;
  const result = new Promise<TrialResult>((resolve) => {
    child.once("message", (message) => resolve(message as TrialResult));
    child.once("close", () => resolve(tooMuch));
  });
  const gone = once(child, "close");
  child.send({ fileName, template, bosToken, eosToken } satisfies ChatTemplateSource, () => undefined);
  try {
    return await result;
  } finally {
    await gone;
    clearTimeout(timer);
  }
}
