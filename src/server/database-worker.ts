// A database thread with the commands of every store.
import { serveDatabase } from "../platform/database/serve-database.ts";
import { databaseCommands } from "./database-commands.ts";

serveDatabase(databaseCommands);
