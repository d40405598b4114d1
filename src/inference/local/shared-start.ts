// How much of a prompt its system messages and tools alone decide: the part that may be shared with others who are given
// the same.
import type { ModelMessage, ToolDefinition } from "../model-call.ts";
import type { ChatTemplate } from "./chat-template.ts";
import type { PromptPart } from "./worker-protocol.ts";

/** No text begins with it: Unicode gives it no meaning, not even between programs. */
const standIn = "\u{FDD0}";

/** In characters from the prompt's start; 0 where nothing can be told apart. */
export function sharedCharacters(
  template: Pick<ChatTemplate, "render">,
  { messages, tools }: { readonly messages: readonly ModelMessage[]; readonly tools: readonly ToolDefinition[] },
  prompt: readonly PromptPart[],
): number {
  const end = messages.findIndex(({ role }) => role !== "system");
  if (end < 0 || (end === 0 && tools.length === 0)) return 0;
  try {
    // Whatever differs from here on is somebody's own.
    return equalCharacters(
      prompt,
      template.render([...messages.slice(0, end), { role: "user", content: standIn }], { tools }),
    );
  } catch {
    return 0;
  }
}

/** The first so many characters of a prompt. */
export function startOfPrompt(prompt: readonly PromptPart[], characters: number): readonly PromptPart[] {
  const start: PromptPart[] = [];
  let left = characters;
  for (const { kind, text } of prompt) {
    if (left <= 0) break;
    start.push({ kind, text: text.slice(0, left) });
    left -= text.length;
  }
  return start;
}

function equalCharacters(one: readonly PromptPart[], other: readonly PromptPart[]): number {
  let equal = 0;
  for (const [index, { kind, text }] of one.entries()) {
    const beside = other[index];
    if (beside?.kind !== kind) break;
    let length = 0;
    while (length < text.length && text[length] === beside.text[length]) length += 1;
    equal += length;
    if (length < text.length || length < beside.text.length) break;
  }
  return equal;
}
