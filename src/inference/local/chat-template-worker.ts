// Entry of a throwaway process in which a template from a model file runs for the first time: whatever it does, only this
// process ends.
import { because } from "../../contract/reasons.ts";
import { AppError } from "../../platform/errors.ts";
import { createChatTemplate } from "./chat-template.ts";
import type { ChatTemplateSource } from "./chat-template-compile.ts";
import type { TrialResult } from "./chat-template-trial.ts";

function tryOut(source: ChatTemplateSource): TrialResult {
  try {
    createChatTemplate(source);
    return { problem: null };
  } catch (error) {
    return { problem: error instanceof AppError ? error.details : because("model_template_fails") };
  }
}

process.once("message", (source: ChatTemplateSource) => {
  process.send?.(tryOut(source), () => process.disconnect());
});
