import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The folder that holds the product's package.json, its `models/` and its built `dist/web/`: above the code in a clone and in a bundle. */
export function findProductFolder(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) {
      return folder;
    }
    if (folder === dirname(folder)) {
      throw new Error(`no package.json above ${from}`);
    }
  }
}
