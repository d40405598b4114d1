// What changed when the server was upgraded, and how to go back; for admins, who decide about it.
import * as z from "zod/mini";
import { endpoint } from "../../contract/endpoint.ts";
import { Timestamp } from "../../contract/id.ts";

const Version = z.string().check(z.minLength(1), z.maxLength(100));

export const UpgradeState = z.object({
  /** The one that runs. */
  version: Version,
  /** Null where no earlier version has worked on this data. `isSeen`: an admin has read it, or put it away. */
  last: z.nullable(z.object({ fromVersion: Version, at: Timestamp, isSeen: z.boolean() })),
  /** Null where the last upgrade did not change the database, so that the version before it can simply be started. */
  wayBack: z.nullable(
    z.object({
      /** As it is typed in a terminal on the server's machine. */
      command: z.string(),
      /** Of the copy that it goes back to. */
      madeAt: Timestamp,
      fromVersion: Version,
    }),
  ),
});
export type UpgradeState = z.infer<typeof UpgradeState>;

export const getUpgradeState = endpoint({
  method: "GET",
  path: "/api/upgrades",
  summary: "Which version runs, from which it was upgraded, and how to go back",
  access: "admin",
  response: UpgradeState,
});

export const markUpgradeSeen = endpoint({
  method: "PUT",
  path: "/api/upgrades/seen",
  summary: "An admin knows of the upgrade to this version; no admin is told of it again",
  access: "admin",
  body: z.object({ version: Version }),
  response: UpgradeState,
});

export const Release = z.object({
  version: z.string(),
  /** Each is one line of Markdown, in English. */
  changes: z.array(z.string()),
});
export type Release = z.infer<typeof Release>;

export const listReleases = endpoint({
  method: "GET",
  path: "/api/upgrades/releases",
  summary: "What changed with each version up to the one that runs, newest first",
  access: "admin",
  response: z.object({ items: z.array(Release) }),
});
