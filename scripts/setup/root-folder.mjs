import { fileURLToPath } from "node:url";

/** The folder of the clone, or of the installed package. */
export const rootFolder = fileURLToPath(new URL("../../", import.meta.url));
