// The end of an upload: the whole file is checked, gets its place in the models folder and is a model from then on.
// Whatever was done before a crash in the middle is found done when it is repeated.
import type { ModelCaller } from "../../../inference/model-call.ts";
import type { Clock } from "../../../platform/clock.ts";
import { AppError } from "../../../platform/errors.ts";
import { createInTurn } from "../../../platform/in-turn.ts";
import { checkWholeUpload } from "./check-upload.ts";
import { findPlaced, placeModel } from "./place-model.ts";
import { exists, forgetBytes, hashOf } from "./place-upload.ts";
import type { ModelFiles } from "./places.ts";
import type { UploadNote, UploadNotes } from "./upload-notes.ts";

export interface PlacedUpload {
  readonly modelId: string;
  readonly fileName: string;
  readonly sha256: string;
}

export interface FinishUploadParts {
  readonly modelFolder: string;
  readonly clock: Clock;
  readonly caller: ModelCaller;
  readonly files: Pick<ModelFiles, "lookAgain">;
}

/** Throws upload_offset_wrong, model_unusable. */
export type FinishUpload = (note: UploadNote) => Promise<PlacedUpload>;

export function createFinishUpload(parts: FinishUploadParts, notes: UploadNotes): FinishUpload {
  const inTurn = createInTurn();

  return async (note) => {
    const path = notes.bytesOf(note.id);
    if (note.placedAs !== null && note.sha256 !== null && !(await exists(path))) {
      return describePlaced(parts, note.placedAs, note.sha256);
    }
    if (note.receivedBytes !== note.sizeBytes) {
      throw new AppError("upload_offset_wrong", { received: note.receivedBytes });
    }
    await checkWholeUpload(notes, note);
    const whole = { ...note, sha256: await hashOf(path), touchedAt: parts.clock() };
    // One after the other: the name is chosen among those that are there.
    const fileName = await inTurn(() =>
      placeModel(parts, {
        ...whole,
        bytes: [path],
        note: (placedAs) => notes.write({ ...whole, placedAs }),
      }),
    );
    await notes.write({ ...whole, placedAs: fileName });
    await forgetBytes(path);
    parts.files.lookAgain();
    return describePlaced(parts, fileName, whole.sha256);
  };
}

async function describePlaced(parts: FinishUploadParts, fileName: string, sha256: string): Promise<PlacedUpload> {
  const model = await findPlaced(parts, fileName);
  if (model === undefined) throw new AppError("upload_not_found");
  return { modelId: model.id, fileName, sha256 };
}
