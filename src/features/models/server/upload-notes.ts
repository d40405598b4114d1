// What is known of an upload, in a small file beside its bytes: written aside, synced and renamed, so that it is whole
// after a crash. Both lie in a hidden folder of the models folder: on the same disk, whatever disk that is.
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import * as z from "zod/mini";
import { syncFolderOf } from "../../../platform/backup/sync-folder.ts";
import { Upload } from "../uploads-contract.ts";

const UploadNote = z.extend(Upload, {
  organisationId: z.string(),
  /** When something last happened. */
  touchedAt: z.number(),
  /** The name that it is being given in the models folder, once it is whole. */
  placedAs: z.nullable(z.string()),
  sha256: z.nullable(z.string()),
});
export type UploadNote = z.infer<typeof UploadNote>;

export interface UploadNotes {
  /** The file with the bytes of an upload. */
  bytesOf(uploadId: string): string;
  /** Undefined where there is none that can be read. */
  read(uploadId: string): Promise<UploadNote | undefined>;
  all(): Promise<readonly UploadNote[]>;
  /** Also those that were just getting their place when the server was killed or the disk was full: finishing them goes on. */
  unfinished(): Promise<readonly UploadNote[]>;
  write(note: UploadNote): Promise<void>;
  /** The bytes too. */
  remove(uploadId: string): Promise<void>;
}

export function createUploadNotes(modelFolder: string): UploadNotes {
  const folder = join(modelFolder, ".uploads");
  const fileOf = (uploadId: string) => join(folder, `${uploadId}.json`);
  const bytesOf = (uploadId: string) => join(folder, `${uploadId}.part`);

  const read = async (uploadId: string): Promise<UploadNote | undefined> => {
    const text = await readFile(fileOf(uploadId), "utf8").catch(() => "");
    const parsed = UploadNote.safeParse(parseJson(text));
    return parsed.success ? parsed.data : undefined;
  };

  const all = async (): Promise<readonly UploadNote[]> => {
    const names = await readdir(folder).catch(() => []);
    const ids = names.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -".json".length));
    const notes = await Promise.all(ids.toSorted().map(read));
    return notes.filter((note) => note !== undefined);
  };

  return {
    bytesOf,
    read,
    all,
    async unfinished() {
      const parts = new Set(await readdir(folder).catch(() => []));
      return (await all()).filter(({ id, placedAs }) => placedAs === null || parts.has(basename(bytesOf(id))));
    },
    async write(note) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const unfinished = `${fileOf(note.id)}.new`;
      const handle = await open(unfinished, "w", 0o600);
      try {
        await handle.writeFile(JSON.stringify(note));
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(unfinished, fileOf(note.id));
      await syncFolderOf(fileOf(note.id));
    },
    async remove(uploadId) {
      await rm(bytesOf(uploadId), { force: true });
      await rm(fileOf(uploadId), { force: true });
      await rm(`${fileOf(uploadId)}.new`, { force: true });
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
