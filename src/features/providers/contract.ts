// Services outside that an admin has added, with the models that people may choose there. A key goes in and never comes out.
import * as z from "zod/mini";
import { endpoint } from "../../contract/endpoint.ts";
import { Id, Timestamp } from "../../contract/id.ts";

export const RemoteModel = z.object({
  /** As the provider calls it. */
  id: z.string(),
  name: z.string(),
  contextTokens: z.nullable(z.number()),
});
export type RemoteModel = z.infer<typeof RemoteModel>;

export const Provider = z.object({
  id: Id,
  /** The first part of its models' ids. */
  slug: z.string(),
  name: z.string(),
  preset: z.string(),
  baseUrl: z.string(),
  /** The key's last four characters; null where there is no key. */
  keyHint: z.nullable(z.string()),
  models: z.array(RemoteModel),
  isDisabled: z.boolean(),
  createdAt: Timestamp,
});
export type Provider = z.infer<typeof Provider>;

export const ProviderPreset = z.object({
  id: z.string(),
  /** Empty where whoever adds it names it, like `baseUrl`. */
  name: z.string(),
  baseUrl: z.string(),
  keyPage: z.nullable(z.string()),
  needsKey: z.boolean(),
});
export type ProviderPreset = z.infer<typeof ProviderPreset>;

const line = z.string().check(z.trim(), z.minLength(1));
const Name = line.check(
  z.maxLength(60),
  z.regex(/^[^\p{C}/]+$/u, "must be one line without a slash"),
  z.refine((name) => name.toLowerCase() !== "here", "must not be the word for this machine"),
);
const Address = line.check(z.maxLength(500));
/** It goes into a header. */
const Key = line.check(z.maxLength(1000), z.regex(/^[\x21-\x7E]+$/, "must be one word of plain characters"));
const ModelId = line.check(z.maxLength(150), z.regex(/^[\x21-\x7E]+$/, "must be one word of plain characters"));
const ModelIds = z.array(ModelId).check(z.minLength(1), z.maxLength(200));
const PresetId = z.string().check(z.maxLength(50));
const params = z.object({ providerId: Id });

export const listProviders = endpoint({
  method: "GET",
  path: "/api/providers",
  summary: "List the services outside, and those that are known by name",
  access: "admin",
  response: z.object({ items: z.array(Provider), presets: z.array(ProviderPreset) }),
});

export const testProvider = endpoint({
  method: "POST",
  path: "/api/providers/test",
  summary: "Try an address and a key, and read which models are there; nothing is stored",
  access: "admin",
  body: z.object({
    preset: PresetId,
    name: z.optional(Name),
    baseUrl: z.optional(Address),
    key: z.optional(Key),
    /** Whose stored key is tried where none is given. */
    providerId: z.optional(Id),
    /** One question is put to it where the service has no list. */
    model: z.optional(ModelId),
  }),
  response: z.object({
    baseUrl: z.string(),
    /** Null where the service does not say which models it has. */
    models: z.nullable(z.array(RemoteModel)),
  }),
});

export const addProvider = endpoint({
  method: "POST",
  path: "/api/providers",
  summary: "Add a service outside, after it has been tried; repeated with the same id it changes nothing",
  access: "admin",
  body: z.object({
    id: z.optional(Id),
    preset: PresetId,
    name: z.optional(Name),
    baseUrl: z.optional(Address),
    key: z.optional(Key),
    models: ModelIds,
  }),
  response: Provider,
  status: 201,
});

export const changeProvider = endpoint({
  method: "PATCH",
  path: "/api/providers/:providerId",
  summary: "Change a provider's name, key or models, or turn it off and on; a new key is tried first",
  access: "admin",
  resource: "provider",
  params,
  body: z.object({
    name: z.optional(Name),
    key: z.optional(Key),
    models: z.optional(ModelIds),
    isDisabled: z.optional(z.boolean()),
  }),
  response: Provider,
});

export const removeProvider = endpoint({
  method: "DELETE",
  path: "/api/providers/:providerId",
  summary: "Remove a provider and its key; answers that it is giving end, and it can be brought back for some minutes",
  access: "admin",
  resource: "provider",
  params,
});

export const restoreProvider = endpoint({
  method: "POST",
  path: "/api/providers/:providerId/restore",
  summary: "Bring back a provider that was removed a few minutes ago, with its key",
  access: "admin",
  resource: "provider",
  params,
  response: Provider,
});
