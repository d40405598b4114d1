// The organisation that this server is for: its name, which an admin gives it. The name is no secret: the sign-in page shows it.
import * as z from "zod/mini";
import { endpoint } from "../../contract/endpoint.ts";

/** Empty: it has none, and the product's own name stands in its place. */
export const OrganisationName = z
  .string()
  .check(z.trim(), z.maxLength(60), z.regex(/^\P{Cc}*$/u, "must be one line of text"));

export const renameOrganisation = endpoint({
  method: "PATCH",
  path: "/api/organisation",
  summary: "Give the organisation a name, or with an empty one none",
  access: "admin",
  body: z.object({ name: OrganisationName }),
  response: z.object({ name: z.string() }),
});
