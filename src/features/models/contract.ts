// The models that are here, whether they fit this machine, and how they are.
import * as z from "zod/mini";
import { endpoint } from "../../contract/endpoint.ts";
import { page } from "../../contract/page.ts";

export const ModelState = z.discriminatedUnion("status", [
  z.object({ status: z.literal("idle") }),
  z.object({ status: z.literal("loading"), percent: z.number() }),
  z.object({ status: z.literal("ready") }),
  z.object({ status: z.literal("busy"), running: z.number(), waiting: z.number() }),
  z.object({ status: z.literal("crashed"), retryInMs: z.number() }),
  z.object({ status: z.literal("unavailable"), reason: z.string() }),
]);
export type ModelState = z.infer<typeof ModelState>;

export const Model = z.object({
  id: z.string(),
  name: z.string(),
  /** "here" or the provider's name. */
  madeBy: z.string(),
  isStarter: z.boolean(),
  isDefault: z.boolean(),
  licence: z.nullable(z.string()),
  /** BCP 47 codes; empty when unknown. */
  languages: z.array(z.string()),
  /** Null for a model that is elsewhere, like `memory`. */
  sizeBytes: z.nullable(z.number()),
  parameterCount: z.nullable(z.number()),
  quantization: z.nullable(z.string()),
  contextTokens: z.nullable(z.number()),
  memory: z.nullable(z.object({ neededBytes: z.number(), freeBytes: z.number(), fits: z.boolean() })),
  state: ModelState,
});
export type Model = z.infer<typeof Model>;

export const listModels = endpoint({
  method: "GET",
  path: "/api/models",
  summary: "List the models that are here",
  access: "member",
  response: page(Model),
});

export const loadModel = endpoint({
  method: "POST",
  path: "/api/models/:modelId/load",
  summary: "Load a model now, so that the first question does not wait",
  access: "admin",
  resource: "model",
  params: z.object({ modelId: z.string().check(z.maxLength(200)) }),
  response: Model,
});
