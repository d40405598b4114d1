// Compresses what browsers fetch once, at build time, so that the server only sends files: gzip for every client, brotli
// for those that take it (browsers offer it on localhost and over TLS).
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const compressible = /\.(html|js|css|svg|json|webmanifest|txt)$/;
/** A packet carries this anyway. */
const minBytes = 1_000;
/** 11 is a tenth smaller again, for twenty times the time. */
const brotliQuality = 9;

export async function compressFiles(folder: string): Promise<void> {
  const names = await readdir(folder, { recursive: true });
  for (const name of names.filter((each) => compressible.test(each))) {
    const file = path.join(folder, name);
    const content = await readFile(file);
    if (content.length >= minBytes) {
      const [small, smaller] = await Promise.all([
        promisify(gzip)(content, { level: 9 }),
        promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_QUALITY]: brotliQuality } }),
      ]);
      await Promise.all([writeFile(`${file}.gz`, small), writeFile(`${file}.br`, smaller)]);
    }
  }
}
