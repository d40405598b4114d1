// Keys for programs. The secret is shown once; only its hash is stored.
import * as z from "zod/mini";
import { endpoint } from "../../contract/endpoint.ts";
import { Id, Timestamp } from "../../contract/id.ts";
import { page, PageQuery } from "../../contract/page.ts";

export const ApiKey = z.object({
  id: Id,
  name: z.string(),
  /** The beginning of the secret, to tell keys apart. */
  prefix: z.string(),
  createdAt: Timestamp,
  lastUsedAt: z.nullable(Timestamp),
});
export type ApiKey = z.infer<typeof ApiKey>;

export const ApiKeyName = z.string().check(z.trim(), z.minLength(1), z.maxLength(100));

export const listApiKeys = endpoint({
  method: "GET",
  path: "/api/api-keys",
  summary: "List own API keys",
  access: "member",
  query: PageQuery,
  response: page(ApiKey),
});

export const createApiKey = endpoint({
  method: "POST",
  path: "/api/api-keys",
  summary: "Make an API key; the secret is in this answer only",
  access: "member",
  body: z.object({ name: ApiKeyName }),
  response: z.object({ key: ApiKey, secret: z.string() }),
  status: 201,
});

export const revokeApiKey = endpoint({
  method: "DELETE",
  path: "/api/api-keys/:apiKeyId",
  summary: "Revoke an API key",
  access: "member",
  resource: "api-key",
  params: z.object({ apiKeyId: Id }),
});
