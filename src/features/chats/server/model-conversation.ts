import type { ModelMessage } from "../../../inference/model-call.ts";
import type { PathMessage } from "./message-store.ts";

/**
 * What the model is told of a branch. Answers that came to nothing are left out, and questions that then stand side by
 * side become one, as many chat templates refuse two in a row.
 */
export function modelConversation(path: readonly PathMessage[]): ModelMessage[] {
  const messages: ModelMessage[] = [];
  for (const { role, text, reasoning } of path) {
    const last = messages.at(-1);
    if (role === "assistant" && text.trim() === "" && reasoning === "") {
      continue;
    }
    if (last?.role === role) {
      messages[messages.length - 1] = { role, content: `${last.content}\n\n${text}` };
    } else {
      messages.push({ role, content: text, ...(reasoning === "" ? {} : { reasoning }) });
    }
  }
  return messages;
}
