// A client that notes when each token arrives. One new connection a request: llama-server closes kept-alive sockets
// after a stream, and both sides are to be treated alike.
import { request } from "node:http";

export interface ChatTarget {
  /** `http://127.0.0.1:1234` */
  readonly url: string;
  readonly apiKey?: string;
  readonly model: string;
}

export interface ChatQuestion {
  readonly system?: string;
  readonly text: string;
  readonly maxTokens: number;
  /** Whom the program asks for. */
  readonly user?: string;
}

/** All times are milliseconds of performance.now(). */
export interface StreamTimes {
  readonly sentAt: number;
  readonly tokenTimes: readonly number[];
  readonly endedAt: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly finishReason: string | null;
}

export interface StreamOptions {
  readonly signal?: AbortSignal;
  readonly onToken?: (at: number, count: number) => void;
}

interface Chunk {
  readonly error?: { readonly message: string };
  readonly choices?: readonly {
    readonly delta: { readonly content?: string | null };
    readonly finish_reason: string | null;
  }[];
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number } | null;
}

/** Rejects when the server refuses or ends with an error; an aborted stream resolves with what had arrived. */
export async function streamCompletion(
  target: ChatTarget,
  question: ChatQuestion,
  options: StreamOptions = {},
): Promise<StreamTimes> {
  const tokenTimes: number[] = [];
  let usage = { prompt_tokens: 0, completion_tokens: 0 };
  let finishReason: string | null = null;
  const sentAt = performance.now();

  function take(chunk: Chunk): void {
    if (chunk.error) {
      throw new Error(chunk.error.message);
    }
    const choice = chunk.choices?.[0];
    if (choice?.delta.content) {
      const now = performance.now();
      tokenTimes.push(now);
      options.onToken?.(now, tokenTimes.length);
    }
    finishReason = choice?.finish_reason ?? finishReason;
    usage = chunk.usage ?? usage;
  }

  try {
    let rest = "";
    for await (const text of await openStream(target, question, options.signal)) {
      const frames = (rest + text).split("\n\n");
      rest = frames.pop()!;
      for (const frame of frames) {
        if (frame.startsWith("data: {")) {
          take(JSON.parse(frame.slice(6)) as Chunk);
        }
      }
    }
  } catch (error) {
    if (!options.signal?.aborted) {
      throw error;
    }
  }
  const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = usage;
  return { sentAt, tokenTimes, endedAt: performance.now(), promptTokens, completionTokens, finishReason };
}

function openStream(
  target: ChatTarget,
  question: ChatQuestion,
  signal: AbortSignal | undefined,
): Promise<AsyncIterable<string>> {
  const body = JSON.stringify({
    model: target.model,
    messages: [
      ...(question.system === undefined ? [] : [{ role: "system", content: question.system }]),
      { role: "user", content: question.text },
    ],
    temperature: 0,
    max_tokens: question.maxTokens,
    ...(question.user === undefined ? {} : { user: question.user }),
    stream: true,
    stream_options: { include_usage: true },
  });
  const headers = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    ...(target.apiKey === undefined ? {} : { authorization: `Bearer ${target.apiKey}` }),
  };
  const { promise, resolve, reject } = Promise.withResolvers<AsyncIterable<string>>();
  const outgoing = request(
    `${target.url}/v1/chat/completions`,
    { method: "POST", headers, agent: false, signal },
    (response) => {
      response.setEncoding("utf8");
      if (response.statusCode === 200) {
        resolve(response);
        return;
      }
      void response.toArray().then((parts) => reject(new Error(`${response.statusCode}: ${parts.join("")}`)), reject);
    },
  );
  outgoing.once("error", reject);
  outgoing.end(body);
  return promise;
}
