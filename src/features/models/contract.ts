// The models that are here, where they lie, whether they fit this machine, and how they are.
import * as z from "zod/mini";
import { endpoint } from "../../contract/endpoint.ts";
import { Id } from "../../contract/id.ts";

const ProblemDetails = z.record(z.string(), z.union([z.string(), z.number()]));

export const ModelState = z.discriminatedUnion("status", [
  z.object({ status: z.literal("idle") }),
  z.object({ status: z.literal("loading"), percent: z.number() }),
  z.object({ status: z.literal("ready") }),
  z.object({ status: z.literal("busy"), running: z.number(), waiting: z.number() }),
  z.object({ status: z.literal("crashed"), retryInMs: z.number() }),
  z.object({
    status: z.literal("unavailable"),
    reason: z.string(),
    /** The same, for a reader of another language. */
    error: z.optional(z.object({ code: z.string(), details: ProblemDetails })),
  }),
]);
export type ModelState = z.infer<typeof ModelState>;

export const StoreName = z.enum(["ollama", "lm-studio", "hugging-face"]);
export type StoreName = z.infer<typeof StoreName>;

/** `models-folder` is the data folder's own, where uploads go too; `folder` and `file` were named by a person. */
export const ModelPlace = z.object({
  kind: z.enum(["shipped", "models-folder", "folder", "file", "ollama", "lm-studio", "hugging-face"]),
  /** On the server's disk; null for those who do not run the server. */
  path: z.nullable(z.string()),
  /** What the place is forgotten by; null where it cannot be. */
  placeId: z.nullable(z.string()),
});
export type ModelPlace = z.infer<typeof ModelPlace>;

/** In tokens and in words, as the answers made here had them. */
export const ModelSpeed = z.object({
  tokensPerSecond: z.number(),
  wordsPerSecond: z.number(),
  /** `estimated` from the speed of another model on this machine; `at-least` where that one is much smaller. */
  basis: z.enum(["measured", "estimated", "at-least"]),
  /** Slower than people read. */
  isSlow: z.boolean(),
});
export type ModelSpeed = z.infer<typeof ModelSpeed>;

export const Model = z.object({
  id: z.string(),
  name: z.string(),
  /** "here" or the provider's name. */
  madeBy: z.string(),
  /** Null for a model that is not on this machine. */
  place: z.nullable(ModelPlace),
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
  /** Null until something was measured here, and for a model that is elsewhere or does not fit. */
  speed: z.nullable(ModelSpeed),
  state: ModelState,
});
export type Model = z.infer<typeof Model>;

export const listModels = endpoint({
  method: "GET",
  path: "/api/models",
  summary: "List the models that are here",
  access: "member",
  response: z.object({
    items: z.array(Model),
    nextCursor: z.nullable(z.string()),
    /** The chosen default, where it is not here or cannot be used; another answers in its place. */
    missingDefault: z.nullable(z.string()),
  }),
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

export const chooseDefaultModel = endpoint({
  method: "PUT",
  path: "/api/models/default",
  summary: "Choose the model that answers when a chat names none; null leaves it to the rule",
  access: "admin",
  body: z.object({ modelId: z.nullable(z.string().check(z.minLength(1), z.maxLength(200))) }),
});

/** What another program of this machine holds and is not used yet. */
export const FoundModel = z.object({
  store: StoreName,
  name: z.string(),
  /** What it is used by. */
  path: z.string(),
  licence: z.nullable(z.string()),
  languages: z.array(z.string()),
  sizeBytes: z.nullable(z.number()),
  quantization: z.nullable(z.string()),
  memory: z.nullable(z.object({ neededBytes: z.number(), freeBytes: z.number(), fits: z.boolean() })),
  /** Always an estimate; null as a model's. */
  speed: z.nullable(ModelSpeed),
  /** Why it cannot be used; null for one that can. */
  problem: z.nullable(z.string()),
  /** The same, for a reader of another language. */
  problemDetails: z.optional(ProblemDetails),
});
export type FoundModel = z.infer<typeof FoundModel>;

export const StoreProblem = z.object({ store: StoreName, folder: z.string(), problem: z.string() });
export type StoreProblem = z.infer<typeof StoreProblem>;

/** A folder that somebody named; there may be nothing in it any more. */
export const NamedFolder = z.object({ placeId: Id, path: z.string(), models: z.number() });
export type NamedFolder = z.infer<typeof NamedFolder>;

export const findModels = endpoint({
  method: "GET",
  path: "/api/models/found",
  summary: "List the models that other programs of this machine hold and that are not used yet",
  access: "admin",
  response: z.object({
    items: z.array(FoundModel),
    /** Stores that are there but cannot be read. */
    problems: z.array(StoreProblem),
    folders: z.array(NamedFolder),
    /** The folder of the server in which every GGUF file is used. */
    modelFolder: z.string(),
  }),
});

export const addModelPlace = endpoint({
  method: "POST",
  path: "/api/models/places",
  summary: "Use the model file, folder or found model at a path of the server's disk, where it lies",
  access: "admin",
  body: z.object({ path: z.string().check(z.minLength(1), z.maxLength(4096)) }),
  response: z.object({ items: z.array(Model) }),
});

export const removeModelPlace = endpoint({
  method: "DELETE",
  path: "/api/models/places/:placeId",
  summary: "No longer use what is at a place; nothing is deleted from the disk",
  access: "admin",
  resource: "model-place",
  params: z.object({ placeId: Id }),
});

export const restoreModelPlace = endpoint({
  method: "POST",
  path: "/api/models/places/:placeId/restore",
  summary: "Use again what is at a place that was taken out a few minutes ago",
  access: "admin",
  resource: "model-place",
  params: z.object({ placeId: Id }),
});

export const deleteModel = endpoint({
  method: "DELETE",
  path: "/api/models/:modelId",
  summary: "Delete the file of a model that lies in the server's own models folder",
  access: "admin",
  resource: "model",
  params: z.object({ modelId: z.string().check(z.maxLength(200)) }),
});
