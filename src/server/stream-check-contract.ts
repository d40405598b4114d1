// For `shobar doctor`: whether a stream comes through whatever stands in front of the server. Public, as its asker need not be
// signed in; it tells nothing but how the request arrived.
import * as z from "zod/mini";
import { endpoint } from "../contract/endpoint.ts";

const Nonce = z.string().check(z.regex(/^[\w-]{16,64}$/, { error: "must be 16 to 64 letters and digits" }));

export const StreamCheckEvent = z.object({
  /** `opened` at once; then `heard` when the asker has answered that it saw it, `unheard` when it has not in time. */
  step: z.enum(["opened", "heard", "unheard"]),
  /** What the browser's side speaks, as far as the server believes it. */
  protocol: z.enum(["http", "https"]),
});
export type StreamCheckEvent = z.infer<typeof StreamCheckEvent>;

export const followStreamCheck = endpoint({
  method: "GET",
  path: "/api/stream-check",
  summary: "Follow a stream of two events, the second of which waits for the answer to the first",
  access: "public",
  query: z.object({ nonce: Nonce }),
  events: StreamCheckEvent,
});

export const answerStreamCheck = endpoint({
  method: "POST",
  path: "/api/stream-check",
  summary: "Answer that the first event of a stream check has arrived",
  access: "public",
  body: z.object({ nonce: Nonce }),
  response: z.object({ known: z.boolean() }),
});
