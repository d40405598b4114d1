// Models in several files, named `<stem>-00001-of-00003.gguf` and so on: the first holds the header, the others tensors.
import { open } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AppError } from "../../platform/errors.ts";
import { ModelFileCursor } from "./model-file-cursor.ts";
import { readStart } from "./model-file-start.ts";
import { checkPlaces, readTensors, type Tensor } from "./model-file-tensors.ts";
import { readValues } from "./model-file-values.ts";

export interface PartName {
  readonly stem: string;
  /** From 1. */
  readonly number: number;
  readonly count: number;
}

/** Null for a file that is no part. */
export function partOf(fileName: string): PartName | null {
  const match = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/i.exec(fileName);
  return match === null ? null : { stem: match[1] ?? "", number: Number(match[2]), count: Number(match[3]) };
}

/** The path of another part of the same model. */
export function pathOfPart(path: string, number: number): string {
  const fileName = basename(path);
  const digits = String(number).padStart(5, "0");
  return join(dirname(path), fileName.replace(/-\d{5}(-of-\d{5}\.gguf)$/i, `-${digits}$1`));
}

export interface FurtherParts {
  readonly tensors: readonly Tensor[];
  readonly fileBytes: number;
}

/** Reads and checks the second part and all after it. Throws model_file_invalid and model_file_unreadable. */
export async function readFurtherParts(first: string, count: number): Promise<FurtherParts> {
  const tensors: Tensor[] = [];
  let fileBytes = 0;
  for (let number = 2; number <= count; number += 1) {
    const part = await readPart(pathOfPart(first, number), number, count);
    tensors.push(...part.tensors);
    fileBytes += part.fileBytes;
  }
  return { tensors, fileBytes };
}

async function readPart(path: string, number: number, count: number): Promise<FurtherParts> {
  const fileName = basename(path);
  const handle = await open(path, "r").catch((error: unknown) => {
    const problem = `its part ${number} of ${count} is not there`;
    throw new AppError("model_file_invalid", { file: fileName, problem }, { cause: error });
  });
  try {
    const info = await handle.stat();
    const cursor: ModelFileCursor = new ModelFileCursor(handle, info.isFile() ? info.size : 0, fileName);
    const counts = await readStart(cursor);
    const values = await readValues(cursor, counts.values);
    if (values.get("split.no") !== number - 1 || values.get("split.count") !== count) {
      cursor.refuse("model_part_unsaid", { number, count });
    }
    const tensors = await readTensors(cursor, counts.tensors, { mayBeEmpty: false });
    const alignment = values.get("general.alignment") ?? 32;
    if (typeof alignment !== "number" || !Number.isInteger(Math.log2(alignment))) {
      cursor.refuse("model_alignment_wrong");
    }
    checkPlaces(cursor, tensors, alignment);
    return { tensors, fileBytes: info.size };
  } finally {
    await handle.close();
  }
}
