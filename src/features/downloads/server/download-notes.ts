// What is known of a download, in a small file beside its bytes, so that it goes on after a restart or kill -9. Both lie in
// a hidden folder of the models folder, the bytes deep enough that nobody takes them for a model.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod/mini";
import { createNoteFiles, type NoteFiles } from "../../models/server/note-files.ts";

const DownloadPart = z.object({
  /** A safe file name. */
  name: z.string(),
  url: z.string(),
  sizeBytes: z.number(),
  sha256: z.nullable(z.string()),
  /** What the host calls this version of the bytes; null where it does not say. */
  etag: z.nullable(z.string()),
  /** On disk for good. */
  receivedBytes: z.number(),
});
export type DownloadPart = z.infer<typeof DownloadPart>;

const DownloadNote = z.object({
  id: z.string(),
  organisationId: z.string(),
  /** As it was asked for, by which it is found again. */
  source: z.string(),
  parts: z.array(DownloadPart),
  state: z.enum(["running", "paused", "failed"]),
  /** Why it failed. */
  error: z.nullable(z.object({ code: z.string(), details: z.record(z.string(), z.union([z.string(), z.number()])) })),
  createdAt: z.number(),
  /** When something last happened. */
  touchedAt: z.number(),
  /** The name that it is being given in the models folder. */
  placedAs: z.nullable(z.string()),
});
export type DownloadNote = z.infer<typeof DownloadNote>;

export interface DownloadNotes extends NoteFiles<DownloadNote> {
  folderOf(id: string): string;
  bytesOf(id: string, part: Pick<DownloadPart, "name">): string;
  /** The bytes too. */
  remove(id: string): Promise<void>;
}

export function createDownloadNotes(modelFolder: string): DownloadNotes {
  const folder = join(modelFolder, ".downloads");
  const files = createNoteFiles<DownloadNote>(folder, DownloadNote);
  const folderOf = (id: string) => join(folder, id);
  return {
    ...files,
    folderOf,
    bytesOf: (id, { name }) => join(folderOf(id), name),
    async remove(id) {
      await rm(folderOf(id), { recursive: true, force: true });
      await files.remove(id);
    },
  };
}

export function sizesOf({ parts }: Pick<DownloadNote, "parts">): { sizeBytes: number; receivedBytes: number } {
  return {
    sizeBytes: parts.reduce((sum, part) => sum + part.sizeBytes, 0),
    receivedBytes: parts.reduce((sum, part) => sum + part.receivedBytes, 0),
  };
}
