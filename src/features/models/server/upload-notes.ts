// What is known of an upload, in a small file beside its bytes. Both lie in a hidden folder of the models folder: on the
// same disk, whatever disk that is.
import { readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import * as z from "zod/mini";
import { Upload } from "../uploads-contract.ts";
import { createNoteFiles, type NoteFiles } from "./note-files.ts";

const UploadNote = z.extend(Upload, {
  organisationId: z.string(),
  /** When something last happened. */
  touchedAt: z.number(),
  /** The name that it is being given in the models folder, once it is whole. */
  placedAs: z.nullable(z.string()),
  sha256: z.nullable(z.string()),
});
export type UploadNote = z.infer<typeof UploadNote>;

export interface UploadNotes extends NoteFiles<UploadNote> {
  /** The file with the bytes of an upload. */
  bytesOf(uploadId: string): string;
  /** Also those that were just getting their place when the server was killed or the disk was full: finishing them goes on. */
  unfinished(): Promise<readonly UploadNote[]>;
  /** The bytes too. */
  remove(uploadId: string): Promise<void>;
}

export function createUploadNotes(modelFolder: string): UploadNotes {
  const folder = join(modelFolder, ".uploads");
  const files = createNoteFiles<UploadNote>(folder, UploadNote);
  const bytesOf = (uploadId: string) => join(folder, `${uploadId}.part`);
  return {
    ...files,
    bytesOf,
    async unfinished() {
      const parts = new Set(await readdir(folder).catch(() => []));
      return (await files.all()).filter(({ id, placedAs }) => placedAs === null || parts.has(basename(bytesOf(id))));
    },
    async remove(uploadId) {
      await rm(bytesOf(uploadId), { force: true });
      await files.remove(uploadId);
    },
  };
}
