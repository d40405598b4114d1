// Server-sent events out of a fetch body (WHATWG HTML §9.2.6), for headers and errors that EventSource cannot give.

export interface ServerSentEvent {
  /** The last id seen on this stream, or null. */
  readonly id: string | null;
  readonly data: string;
}

/** Feed it text as it arrives; it returns the events that became complete. Comments and unknown fields are skipped. */
export function createEventParser(): (chunk: string) => ServerSentEvent[] {
  let rest = "";
  let id: string | null = null;
  let data: string[] = [];
  return (chunk) => {
    const events: ServerSentEvent[] = [];
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0) events.push({ id, data: data.join("\n") });
        data = [];
        continue;
      }
      const colon = line.indexOf(":");
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "data") data.push(value);
      else if (field === "id" && !value.includes("\0")) id = value;
    }
    return events;
  };
}

export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const parse = createEventParser();
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parse(decoder.decode(value, { stream: true }));
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
