// A template that is ready to run: what every rendering gives it, and its failures in words.
import { because } from "../../contract/reasons.ts";
import { AppError } from "../../platform/errors.ts";
import { type BoundedTemplate, compileBounded, TemplateTooCostly } from "./chat-template-interpreter.ts";

export interface ChatTemplateSource {
  /** Name of the model file, for errors. */
  readonly fileName: string;
  /** Null means ChatML. */
  readonly template: string | null;
  readonly bosToken: string | null;
  readonly eosToken: string | null;
}

/** What one rendering gives beside the conversation. */
export interface GivenVariables {
  readonly tools?: readonly unknown[];
  readonly enable_thinking?: boolean;
  readonly thinking?: boolean;
  readonly reasoning_effort?: string;
}

/** A message in the template's own shape. */
export type TemplateMessage = Readonly<Record<string, unknown>>;
export type Render = (
  messages: readonly TemplateMessage[],
  addGenerationPrompt: boolean,
  given?: GivenVariables,
) => string;
export type RenderIn = (surrounding: Readonly<Record<string, unknown>>) => Render;

/** Throws AppError("model_file_invalid"). */
export function compileTemplate(source: ChatTemplateSource, template: string): RenderIn {
  let compiled: BoundedTemplate;
  try {
    compiled = compileBounded(template);
  } catch (error) {
    throw brokenTemplate(source, messageOf(error), error);
  }
  const fixed = { bos_token: source.bosToken ?? "", eos_token: source.eosToken ?? "", enable_thinking: true };
  return (surrounding) =>
    (messages, addGenerationPrompt, given = {}) => {
      const characters = countCharacters(messages) + countCharacters(given.tools);
      try {
        return compiled.render(
          {
            ...fixed,
            ...surrounding,
            ...given,
            messages,
            add_generation_prompt: addGenerationPrompt,
          },
          characters,
        );
      } catch (error) {
        if (error instanceof TemplateTooCostly) throw brokenTemplate(source, `it takes ${error.message}`, error);
        throw error;
      }
    };
}

function countCharacters(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 1;
  return Object.entries(value).reduce((sum, [key, each]) => sum + key.length + countCharacters(each), 0);
}

export function brokenTemplate(source: ChatTemplateSource, problem: string, cause?: unknown): AppError {
  return new AppError(
    "model_file_invalid",
    { file: source.fileName, ...because("model_template_broken", { it: problem }) },
    { cause },
  );
}

/** The template's own words go into messages, so they are kept short and on one line. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : "unknown error";
  return message.replace(/\s+/g, " ").slice(0, 200);
}
