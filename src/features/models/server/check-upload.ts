// Whether an upload can become a model: by its name before it is sent, by its header once that is there, and whole.
import { checkModelStart, readModelFile } from "../../../inference/local/model-file.ts";
import { AppError } from "../../../platform/errors.ts";
import { safeModelName } from "./place-upload.ts";
import type { UploadNote, UploadNotes } from "./upload-notes.ts";

/** Throws model_unusable. */
export function checkUploadName(fileName: string): void {
  if (!/\.gguf$/i.test(fileName)) {
    const problem = "only GGUF files can be used here, and their names end in .gguf";
    throw new AppError("model_unusable", { file: fileName, problem });
  }
  if (/-\d{5}-of-\d{5}\.gguf$/i.test(safeModelName(fileName))) {
    const problem =
      "it is one of several parts, which cannot be uploaded; put all of them into the models folder, or join them";
    throw new AppError("model_unusable", { file: fileName, problem });
  }
}

/** Answers whether the header is there as a whole, and sane. Throws model_unusable; the upload is gone then. */
export function checkUploadStart(notes: UploadNotes, note: UploadNote): Promise<boolean> {
  return checkModelStart(notes.bytesOf(note.id), note.fileName, note.sizeBytes).catch((error: unknown) =>
    refuse(notes, note, error),
  );
}

/** Throws model_unusable; the upload is gone then. */
export async function checkWholeUpload(notes: UploadNotes, note: UploadNote): Promise<void> {
  await readModelFile(notes.bytesOf(note.id)).catch((error: unknown) => refuse(notes, note, error));
}

async function refuse(notes: UploadNotes, note: UploadNote, error: unknown): Promise<never> {
  if (!(error instanceof AppError) || error.code !== "model_file_invalid") throw error;
  await notes.remove(note.id);
  const problem = String(error.details["problem"]);
  throw new AppError("model_unusable", { file: note.fileName, problem }, { cause: error });
}
