// Where models of this machine lie. Nothing is ever copied: a place is a path, and what lies there is read anew.
import type { ModelStoreName } from "../../platform/config/model-stores.ts";

/** `models-folder` is the data folder's own, where uploads go too; `folder` and `file` were named by a person. */
export type ModelPlaceKind = "models-folder" | "folder" | "file" | ModelStoreName;

/** Folders are searched one level deep; each file in them is a model. */
export interface FolderPlace {
  readonly kind: "models-folder" | "folder";
  readonly path: string;
  /** What it is forgotten by; null for a folder that the server was started with. */
  readonly placeId: string | null;
}

/** One model: a GGUF file, or Ollama's manifest that names one. It keeps the id that it was given. */
export interface FilePlace {
  readonly kind: "file" | ModelStoreName;
  readonly path: string;
  readonly placeId: string;
  readonly modelId: string;
  /** The name in its store; null where the file's own name is better. */
  readonly name: string | null;
}

export type ModelPlace = FolderPlace | FilePlace;

export function isFilePlace(place: ModelPlace): place is FilePlace {
  return "modelId" in place;
}
