import { ChatCompletion, ChatCompletionChunk } from "../../src/features/openai-api/contract.ts";
import { mutatedBodies } from "./mutated-bodies.ts";
import { apiKey, type ApiServer } from "./start-api-server.ts";

export interface MutationOutcome {
  readonly answered: number;
  readonly refused: number;
  /** What no body may cause: a status of the 500s, an error without its form, an answer without its shape. */
  readonly faults: string[];
}

export async function sendMutatedBodies(
  server: ApiServer,
  options: { seed: number; count: number },
): Promise<MutationOutcome> {
  const outcome = { answered: 0, refused: 0, faults: [] as string[] };
  for (const body of mutatedBodies(options.seed).take(options.count)) {
    const response = await fetch(`${server.address}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
      body: new Uint8Array(body),
    });
    const text = await response.text();
    if (response.status === 200) {
      outcome.answered++;
    } else {
      outcome.refused++;
    }
    const fault = faultOf(response, text);
    if (fault) {
      outcome.faults.push(`${fault}: ${response.status} ${text.slice(0, 200)} for ${body.toString().slice(0, 500)}`);
    }
  }
  return outcome;
}

function faultOf(response: Response, text: string): string | undefined {
  if (response.status >= 500) {
    return "a server error";
  }
  if (response.status !== 200) {
    return isErrorBody(text) ? undefined : "an error without its form";
  }
  if (response.headers.get("content-type")?.startsWith("text/event-stream")) {
    return isStream(text) ? undefined : "a stream without its shape";
  }
  return ChatCompletion.safeParse(JSON.parse(text)).success ? undefined : "an answer without its shape";
}

function isErrorBody(text: string): boolean {
  const { error } = JSON.parse(text) as { error?: Record<string, unknown> };
  const { message, type, param, code } = error ?? {};
  return (
    [message, type, code].every((field) => typeof field === "string") && (param === null || typeof param === "string")
  );
}

function isStream(text: string): boolean {
  const frames = text.split("\n\n").filter((frame) => frame.startsWith("data: "));
  return (
    frames.at(-1) === "data: [DONE]" &&
    frames.slice(0, -1).every((frame) => ChatCompletionChunk.safeParse(JSON.parse(frame.slice(6))).success)
  );
}
