// Clients that go away at every moment of a streamed answer: before it is accepted, while it waits, after a few tokens.
import { request } from "node:http";
import { seededRandom } from "./seeded-random.ts";

export interface CutPlan {
  readonly count: number;
  /** Connections at the same time. */
  readonly parallel: number;
  readonly seed: number;
  /** Called after each, with how many are done. */
  readonly onCut?: (done: number) => Promise<void>;
}

export interface CutResult {
  /** By the moment at which the client went away. */
  readonly cut: Readonly<Record<Moment, number>>;
  /** Answers that were refused for any reason but a full queue; nothing is to be in it. */
  readonly refusals: readonly string[];
}

const moments = ["sent", "accepted", "first text", "some text", "never"] as const;
type Moment = (typeof moments)[number];

export async function cutConnections(
  { url, apiKey, model }: { readonly url: string; readonly apiKey: string; readonly model: string },
  { count, parallel, seed, onCut }: CutPlan,
): Promise<CutResult> {
  const random = seededRandom(seed);
  const cut: Record<Moment, number> = { sent: 0, accepted: 0, "first text": 0, "some text": 0, never: 0 };
  const refusals: string[] = [];
  let [begun, done] = [0, 0];
  const one = async (number: number): Promise<void> => {
    const moment = moments[Math.floor(random() * moments.length)]!;
    const question = `Tell me about the number ${number}. ${"It is a number. ".repeat(Math.floor(random() * 12))}`;
    const body = JSON.stringify({
      model,
      messages: [{ role: "user", content: question }],
      // Nobody reads it to its end but who stays.
      max_tokens: moment === "never" ? 1 + Math.floor(random() * 12) : 1_000,
      stream: true,
    });
    const refusal = await ask(new URL("/v1/chat/completions", url), apiKey, body, moment);
    if (refusal !== null) refusals.push(refusal);
    cut[moment] += 1;
  };
  const client = async (): Promise<void> => {
    while (begun < count) {
      await one((begun += 1));
      await onCut?.((done += 1));
    }
  };
  await Promise.all(Array.from({ length: parallel }, client));
  return { cut, refusals };
}

/** Goes away at that moment, or when the answer has ended before it. What the server said if it refused. */
function ask(url: URL, apiKey: string, body: string, moment: Moment): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const headers = {
    authorization: `Bearer ${apiKey}`,
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
  };
  const outgoing = request(url, { method: "POST", headers, agent: false });
  let gone = false;
  const leave = (): void => {
    gone = true;
    outgoing.destroy();
    resolve(null);
  };
  outgoing.on("error", (error) => resolve(gone ? null : error.message));
  outgoing.on("response", (response) => {
    let text = "";
    let pieces = 0;
    response.setEncoding("utf8");
    response.on("error", () => resolve(null));
    response.on("data", (chunk: string) => {
      text += chunk;
      pieces += chunk.split('"content":').length - 1;
      if ((moment === "first text" && pieces >= 1) || (moment === "some text" && pieces >= 4)) leave();
    });
    response.on("end", () => resolve(response.statusCode === 200 || response.statusCode === 429 ? null : text));
    if (moment === "accepted") leave();
  });
  outgoing.end(body, () => moment === "sent" && leave());
  return promise;
}
