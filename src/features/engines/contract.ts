// What the models that are loaded on this machine are doing now, for admins: who is answered and who waits. Of what people
// ask nothing is told, nor of the answers.
import * as z from "zod/mini";
import { endpoint } from "../../contract/endpoint.ts";

const call = {
  /** Null: somebody who is not here any more. */
  person: z.nullable(z.string()),
  /** Chats in the browser, or a program. */
  by: z.enum(["person", "program"]),
};

export const RunningAnswer = z.object({
  ...call,
  /** Since it came out of the queue. */
  ms: z.number(),
  promptTokens: z.number(),
  /** Of these, those that did not have to be computed. */
  cachedTokens: z.number(),
  answerTokens: z.number(),
});
export type RunningAnswer = z.infer<typeof RunningAnswer>;

export const WaitingCall = z.object({
  ...call,
  /** Since it was asked. */
  ms: z.number(),
  /** Null until the engine has said so. */
  position: z.nullable(z.number()),
  estimatedMs: z.nullable(z.number()),
});
export type WaitingCall = z.infer<typeof WaitingCall>;

export const EngineReport = z.object({
  modelId: z.string(),
  modelName: z.string(),
  /** In the order in which they came out of the queue. */
  running: z.array(RunningAnswer),
  /** Who is next comes first. */
  waiting: z.array(WaitingCall),
  /** Of the last minute; null until it has been measured. */
  tokensPerSecond: z.nullable(z.number()),
  memory: z.object({
    plannedBytes: z.number(),
    /** What its process takes now; null until it has said so. */
    usedBytes: z.nullable(z.number()),
    /** Answers at the same time, and the room of each. */
    contexts: z.array(z.object({ sequences: z.number(), tokens: z.number(), isOnDemand: z.boolean() })),
  }),
  /** Prompt tokens since it was loaded: computed, and found computed already. */
  prompts: z.nullable(z.object({ computedTokens: z.number(), cachedTokens: z.number() })),
});
export type EngineReport = z.infer<typeof EngineReport>;

export const listEngines = endpoint({
  method: "GET",
  path: "/api/engines",
  summary: "What the loaded models are doing: who is answered, who waits, how fast, with how much memory",
  access: "admin",
  response: z.object({ items: z.array(EngineReport) }),
});
