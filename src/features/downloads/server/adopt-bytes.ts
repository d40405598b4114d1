// Takes what another program has fetched of a file as the beginning of a download. The other's file is copied, never changed;
// what was taken is proven by the hash of the whole at the end.
import { constants } from "node:fs";
import { copyFile, mkdir, open, rm, stat } from "node:fs/promises";
import { because } from "../../../contract/reasons.ts";
import { checkModelStart } from "../../../inference/local/model-file.ts";
import { AppError } from "../../../platform/errors.ts";
import { hashOf } from "../../models/server/place-upload.ts";
import { usable } from "./run-download.ts";
import type { DownloadNote, DownloadNotes } from "./download-notes.ts";

/** Before anything is planned. Throws model_path_missing and model_unusable. */
export async function checkAdoptable(path: string): Promise<number> {
  const info = await stat(path).catch((error: unknown) => {
    throw new AppError("model_path_missing", { path }, { cause: error });
  });
  if (!info.isFile()) throw new AppError("model_unusable", { file: path, ...because("neither_file_nor_folder") });
  return info.size;
}

/** Answers the note with the bytes. Throws download_not_adoptable, model_unusable and download_corrupt; the note is gone then. */
export async function adoptBytes(notes: DownloadNotes, note: DownloadNote, path: string): Promise<DownloadNote> {
  try {
    const [part, ...others] = note.parts;
    const receivedBytes = await checkAdoptable(path);
    if (part === undefined || others.length > 0 || part.sha256 === null || receivedBytes > part.sizeBytes) {
      throw new AppError("download_not_adoptable", { path });
    }
    const target = notes.bytesOf(note.id, part);
    await mkdir(notes.folderOf(note.id), { recursive: true, mode: 0o700 });
    // Shares the blocks where the file system can.
    await copyFile(path, target, constants.COPYFILE_FICLONE);
    await sync(target);
    // Before the rest of something else is fetched.
    await usable(path, () => checkModelStart(target, part.name, part.sizeBytes));
    // A whole one is not asked for again, so that its hash is compared here.
    if (receivedBytes === part.sizeBytes && (await hashOf(target)) !== part.sha256) {
      throw new AppError("download_corrupt", { file: path, host: new URL(part.url).host });
    }
    const next = { ...note, parts: [{ ...part, receivedBytes }] };
    await notes.write(next);
    return next;
  } catch (error) {
    await rm(notes.folderOf(note.id), { recursive: true, force: true });
    await notes.remove(note.id);
    throw error;
  }
}

async function sync(path: string): Promise<void> {
  await using handle = await open(path, "r+");
  await handle.chmod(0o600);
  await handle.sync();
}
