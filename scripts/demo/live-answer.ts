// The chat in which an answer is always being written, for whoever comes to look. It is asked over HTTP, as a browser asks,
// of a provider that an admin has added: the demo's own script.
import type { Message, Turn } from "../../src/features/chats/contract.ts";
import { newId } from "../../src/platform/new-id.ts";
import { liveQuestion, nextQuestion } from "./live-texts.ts";
import { providerModel, providerName, startScriptedProvider } from "./scripted-provider.ts";

const adder = "anika@example.org";
export const liveAsker = "rafiq@example.org";

export interface LiveAnswer {
  stop(): Promise<void>;
}

export async function startLiveAnswer(url: string, password: string): Promise<LiveAnswer> {
  const provider = await startScriptedProvider();
  const admin = await enter(url, adder, password);
  const { baseUrl } = provider;
  const added = { preset: "other", name: providerName, baseUrl, models: [providerModel] };
  const { slug } = (await admin.post("/api/providers", added)) as { slug: string };
  const asker = await enter(url, liveAsker, password);
  const first = { chatId: newId(), messageId: newId(), text: liveQuestion, modelId: `${slug}/${providerModel}` };
  const turn = (await asker.post("/api/chats", first)) as Turn;
  const stopping = new AbortController();
  void askOn(asker, turn, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await provider.close();
    },
  };
}

/** Asks the next question as soon as an answer ends, until the demo does, or until somebody else writes in this chat. */
async function askOn(asker: Visitor, begun: Turn, signal: AbortSignal): Promise<void> {
  let { answer } = begun;
  try {
    for (;;) {
      await asker.read(`/api/runs/${answer.run?.id}/events`, signal);
      const messages = `/api/chats/${begun.chat.id}/messages`;
      const { items } = JSON.parse(await asker.read(messages, signal)) as { items: Message[] };
      if (items.at(-1)?.id !== answer.id || items.at(-1)?.run?.status !== "done") return;
      const next = { messageId: newId(), parentId: answer.id, text: nextQuestion };
      answer = ((await asker.post(messages, next)) as Turn).answer;
    }
  } catch {
    // The server is stopping, or the chat was deleted: nobody waits for more.
  }
}

interface Visitor {
  post(path: string, body: unknown): Promise<unknown>;
  /** To the end of what comes. */
  read(path: string, signal: AbortSignal): Promise<string>;
}

async function enter(url: string, email: string, password: string): Promise<Visitor> {
  const send = async (path: string, body: unknown, cookie: string): Promise<Response> => {
    const headers = { "content-type": "application/json", "x-shobar-request": "1", cookie };
    const response = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return response;
  };
  const entered = await send("/api/session", { email, password }, "");
  const cookie = entered.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  return {
    post: async (path, body) => (await send(path, body, cookie)).json(),
    read: async (path, signal) => (await fetch(url + path, { headers: { cookie }, signal })).text(),
  };
}
