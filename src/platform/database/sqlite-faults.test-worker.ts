// A database thread with the tests' commands.
import { serveDatabase } from "./serve-database.ts";
import { countOrganisations, insertOrganisation } from "./sqlite-faults.test-commands.ts";

serveDatabase([insertOrganisation, countOrganisations]);
