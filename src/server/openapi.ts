// The API's description, printed from the same values that serve it.
import * as z from "zod/mini";
import type { Endpoint } from "../contract/endpoint.ts";

type JsonObject = Record<string, unknown>;

export function describeApi(endpoints: readonly Endpoint[], version: string): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const endpoint of endpoints) {
    const path = endpoint.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: describeOperation(endpoint) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Shobar", version, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    paths,
    components: {
      securitySchemes: {
        session: { type: "apiKey", in: "cookie", name: "shobar_session" },
        apiKey: { type: "http", scheme: "bearer" },
      },
    },
  };
}

function describeOperation(endpoint: Endpoint): JsonObject {
  return {
    summary: endpoint.summary,
    "x-access": endpoint.access,
    security: securityOf(endpoint),
    parameters: [...describeParameters(endpoint.params, "path"), ...describeParameters(endpoint.query, "query")],
    ...(endpoint.body
      ? {
          requestBody: {
            required: true,
            content: { "application/json": { schema: schemaOf(endpoint.body, "input") } },
          },
        }
      : {}),
    ...(endpoint.bytes
      ? {
          requestBody: {
            required: true,
            content: { "application/octet-stream": { schema: { type: "string", format: "binary" } } },
          },
        }
      : {}),
    responses: {
      [String(endpoint.status ?? (endpoint.response || endpoint.events ? 200 : 204))]: describeSuccess(endpoint),
      default: { description: "An error with its code and a sentence" },
    },
  };
}

function securityOf({ access }: Endpoint): JsonObject[] {
  if (access === "public") {
    return [];
  }
  return access === "api" ? [{ apiKey: [] }, { session: [] }] : [{ session: [] }];
}

function describeSuccess({ response, events }: Endpoint): JsonObject {
  if (events) {
    return {
      description: "Server-sent events",
      content: { "text/event-stream": { schema: schemaOf(events, "output") } },
    };
  }
  return response
    ? { description: "Success", content: { "application/json": { schema: schemaOf(response, "output") } } }
    : { description: "Done" };
}

function describeParameters(schema: z.ZodMiniType | undefined, place: "path" | "query"): JsonObject[] {
  if (!schema) {
    return [];
  }
  const { properties = {}, required = [] } = schemaOf(schema, "input") as {
    properties?: JsonObject;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: property,
  }));
}

function schemaOf(schema: z.ZodMiniType, io: "input" | "output"): JsonObject {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" }) as JsonObject;
  return rest;
}
