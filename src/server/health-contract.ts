// For whoever watches the server: is the process alive, can it serve.
import * as z from "zod/mini";
import { endpoint } from "../contract/endpoint.ts";

export const getHealth = endpoint({
  method: "GET",
  path: "/healthz",
  summary: "Tell that the process is alive",
  access: "public",
  response: z.object({ status: z.literal("alive") }),
});

/** `degraded`: accounts and chats work, models do not. */
export const Readiness = z.object({
  status: z.enum(["ready", "degraded", "stopping", "unavailable"]),
  database: z.enum(["ready", "unavailable"]),
  engine: z.enum(["idle", "loading", "ready", "busy", "crashed", "unavailable"]),
});
export type Readiness = z.infer<typeof Readiness>;

export const getReadiness = endpoint({
  method: "GET",
  path: "/readyz",
  summary: "Tell whether the server can serve: 200, or 503 without its database",
  access: "public",
  response: Readiness,
});

export const getApiDescription = endpoint({
  method: "GET",
  path: "/api/openapi.json",
  summary: "Read this description (OpenAPI 3.1)",
  access: "public",
  response: z.record(z.string(), z.unknown()),
});
