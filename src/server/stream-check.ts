// A stream that goes on when its reader says that it has seen the beginning: a proxy that holds streams back is found out by
// what arrives, not by how fast. Anybody may ask, so few may at once, and none for long.
import { AppError } from "../platform/errors.ts";
import type { Serve } from "../platform/http/serve-endpoint.ts";
import type { ServerSentEvent } from "../platform/http/stream-events.ts";
import { answerStreamCheck, followStreamCheck, type StreamCheckEvent } from "./stream-check-contract.ts";

const maxOpen = 8;
const defaultPatienceMs = 5_000;

export function serveStreamCheck(serve: Serve, patienceMs = defaultPatienceMs): void {
  const waiting = new Map<string, () => void>();

  async function* follow(
    nonce: string,
    protocol: StreamCheckEvent["protocol"],
    signal: AbortSignal,
  ): AsyncGenerator<ServerSentEvent<StreamCheckEvent>> {
    const { promise, resolve } = Promise.withResolvers<"heard" | "unheard">();
    waiting.set(nonce, () => resolve("heard"));
    const timer = setTimeout(() => resolve("unheard"), patienceMs);
    const onGone = (): void => resolve("unheard");
    signal.addEventListener("abort", onGone);
    try {
      yield { data: { step: "opened", protocol } };
      yield { data: { step: await promise, protocol } };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onGone);
      waiting.delete(nonce);
    }
  }

  serve(followStreamCheck, ({ query, request, signal }) => {
    if (waiting.size >= maxOpen || waiting.has(query.nonce)) {
      throw new AppError("too_many_attempts", { seconds: Math.ceil(patienceMs / 1000) });
    }
    return follow(query.nonce, request.protocol === "https" ? "https" : "http", signal);
  });

  serve(answerStreamCheck, ({ body }) => {
    const hear = waiting.get(body.nonce);
    hear?.();
    return { known: hear !== undefined };
  });
}
