// The program. Compiled code is cached beside the bundle, by whoever may write there, so that later starts are faster;
// therefore nothing may be imported before the cache is on.
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { findProductFolder } from "../platform/product-folder.ts";

// What the server writes is for its own user alone, wherever the data folder lies.
process.umask(0o077);
const productFolder = findProductFolder(import.meta.dirname);
enableCompileCache(join(productFolder, "dist", "compile-cache"));
const { runCommandLine } = await import("./command-line.ts");
const isBundle = import.meta.filename.endsWith(".js");
await runCommandLine(process.argv.slice(2), {
  productFolder,
  webFolder: join(productFolder, "dist", "web"),
  databaseWorker: new URL(isBundle ? "./database-worker.js" : "../server/database-worker.ts", import.meta.url),
  backupWorker: new URL(isBundle ? "./backup-worker.js" : "../server/backup-worker.ts", import.meta.url),
  engineWorker: new URL(isBundle ? "./engine-worker.js" : "../inference/local/engine-worker.ts", import.meta.url),
});
