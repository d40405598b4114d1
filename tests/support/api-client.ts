// What a browser asks of a server, for tests that stay in front of the door.
import type { Message, RunEvent } from "../../src/features/chats/contract.ts";

export interface ApiClient {
  readonly url: string;
  readonly headers: Record<string, string>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Rejects only where no whole answer came. */
export async function ask(
  { url, headers }: ApiClient,
  method: string,
  path: string,
  body?: unknown,
): Promise<ApiAnswer> {
  const { "content-type": _, ...withoutType } = headers;
  const response = await fetch(`${url}${path}`, {
    method,
    ...(body === undefined ? { headers: withoutType } : { headers, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
}

/** Rejects for a refusal too. */
export async function demand<Result>(
  client: ApiClient,
  method: string,
  path: string,
  wanted?: unknown,
): Promise<Result> {
  const { status, body } = await ask(client, method, path, wanted);
  if (status >= 400) {
    throw new Error(`${method} ${path} answered ${status}: ${JSON.stringify(body)}`);
  }
  return body as Result;
}

/** Empty where there is no such chat. */
export async function readMessages(client: ApiClient, chatId: string): Promise<Message[]> {
  const { status, body } = await ask(client, "GET", `/api/chats/${chatId}/messages`);
  return status === 200 ? (body as { items: Message[] }).items : [];
}

/** Every item of a list, page by page. */
export async function readAll<Item>(client: ApiClient, path: string): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const page: { items: Item[]; nextCursor: string | null } = await demand(
      client,
      "GET",
      `${path}${cursor && `?cursor=${encodeURIComponent(cursor)}`}`,
    );
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}

/** Reads an answer's events until it, or the server, ends. */
export async function followRun(
  { url, headers }: ApiClient,
  runId: string,
  onEvent: (event: RunEvent) => void,
): Promise<void> {
  try {
    const response = await fetch(`${url}/api/runs/${runId}/events`, { headers });
    let rest = "";
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const frames = (rest + chunk).split("\n\n");
      rest = frames.pop() ?? "";
      for (const frame of frames) {
        const data = /^data: (.*)$/m.exec(frame)?.[1];
        if (data !== undefined) {
          onEvent(JSON.parse(data) as RunEvent);
        }
      }
    }
  } catch {
    // The server is gone: what came before is what was seen.
  }
}
