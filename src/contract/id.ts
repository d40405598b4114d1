// Ids are UUIDv7: they sort by creation time and can be made by the client, so a repeated request is recognised.
import * as z from "zod/mini";

export const Id = z
  .string()
  .check(z.regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, "must be a UUIDv7"));

/** Milliseconds since 1970-01-01 UTC. */
export const Timestamp = z.number();
