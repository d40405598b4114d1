// What the organisation is called, and what it is called where it has no name yet.
import { checkValue } from "../../../platform/check-value.ts";
import type { Database } from "../../../platform/database/command.ts";
import { OrganisationName } from "../organisation-contract.ts";
import { findOrganisation, findOrganisationName, saveOrganisationName } from "./organisation-store.ts";

const productName = "Shobar";

/** This server's, for whoever has not signed in, or where it does not run. Null before the first start. */
export async function findServersOrganisation(db: Database): Promise<{ id: string; name: string } | null> {
  return (await db.run(findOrganisation, {})) ?? null;
}

/** Empty while it has none. */
export function readOrganisationName(db: Database, organisationId: string): Promise<string> {
  return db.run(findOrganisationName, { organisationId });
}

/** Answers the name as it is kept. Throws invalid_request. */
export async function renameOrganisation(db: Database, organisationId: string, name: string): Promise<string> {
  const checked = checkValue(OrganisationName, name, "name");
  await db.run(saveOrganisationName, { organisationId, name: checked });
  return checked;
}

/** What a phone or a device lists an account of this server under. */
export async function readServerName(db: Database, organisationId: string): Promise<string> {
  return (await readOrganisationName(db, organisationId)) || productName;
}
