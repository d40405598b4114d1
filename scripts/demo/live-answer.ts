// The answer that is being written when a visitor comes: asked over HTTP, as a browser would, of the starter model.
import { newId } from "../../src/platform/new-id.ts";

export const liveQuestion = "Write a very long story about a weaver, her loom and the river.";
const asker = "priya@example.org";

/** Answers who has asked. */
export async function startLiveAnswer(url: string, password: string): Promise<{ email: string }> {
  const entered = await post(`${url}/api/session`, { email: asker, password });
  const cookie = entered.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  await post(`${url}/api/chats`, { chatId: newId(), messageId: newId(), text: liveQuestion }, cookie);
  return { email: asker };
}

async function post(url: string, body: unknown, cookie = ""): Promise<Response> {
  const headers = { "content-type": "application/json", "x-shobar-request": "1", cookie };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response;
}
