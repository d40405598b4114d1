import { answerStart } from "../../src/features/chats/server/answer-text.ts";
import type { Scope } from "../../src/features/chats/server/chat-store.ts";
import type { Runs } from "../../src/features/chats/server/runs.ts";

/** Follows a run until its end, or until what is written is enough; answers the text. */
export async function writtenText(
  runs: Runs,
  scope: Scope,
  runId: string,
  isEnough: (text: string) => boolean,
): Promise<string> {
  const controller = new AbortController();
  let text = "";
  for await (const { data } of await runs.follow(scope, runId, answerStart, controller.signal)) {
    if (data.type === "text-delta") text += data.text;
    if (isEnough(text)) break;
  }
  controller.abort();
  return text;
}
