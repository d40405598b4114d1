// The end of an upload: the whole file is checked, gets its place in the models folder and is a model from then on.
// Whatever was done before a crash in the middle is found done when it is repeated.
import { join } from "node:path";
import type { ModelCaller } from "../../../inference/model-call.ts";
import type { Clock } from "../../../platform/clock.ts";
import { AppError } from "../../../platform/errors.ts";
import { createInTurn } from "../../../platform/in-turn.ts";
import { checkWholeUpload } from "./check-upload.ts";
import { exists, forgetBytes, freeModelName, hashOf, placeFile } from "./place-upload.ts";
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
  const { caller, modelFolder } = parts;
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
    const fileName = await inTurn(() => place({ caller, modelFolder }, notes, whole));
    await notes.write({ ...whole, placedAs: fileName });
    await forgetBytes(path);
    parts.files.lookAgain();
    return describePlaced(parts, fileName, whole.sha256);
  };
}

/** Answers the name. It is noted before the file has it, so that the file is known again after a crash. */
async function place(
  { caller, modelFolder }: Pick<FinishUploadParts, "caller" | "modelFolder">,
  notes: UploadNotes,
  note: UploadNote,
): Promise<string> {
  const path = notes.bytesOf(note.id);
  if (note.placedAs !== null && (await placeFile(path, modelFolder, note.placedAs))) return note.placedAs;
  const tried = new Set<string>();
  while (true) {
    const taken = new Set((await caller.listModels()).map(({ id }) => id));
    const name = freeModelName(note.fileName, taken, (wanted) => tried.has(wanted));
    tried.add(name);
    if (await exists(join(modelFolder, name))) continue;
    await notes.write({ ...note, placedAs: name });
    if (await placeFile(path, modelFolder, name)) return name;
  }
}

async function describePlaced(
  { caller, modelFolder }: Pick<FinishUploadParts, "caller" | "modelFolder">,
  fileName: string,
  sha256: string,
): Promise<PlacedUpload> {
  const path = join(modelFolder, fileName);
  const model = (await caller.listModels()).find((each) => each.place?.path === path);
  if (model === undefined) throw new AppError("upload_not_found");
  return { modelId: model.id, fileName, sha256 };
}
