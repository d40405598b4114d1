import { partOf } from "../../../inference/local/model-file-parts.ts";
import { type ErrorCode, errorCodes } from "../../../contract/error-codes.ts";
import { AppError } from "../../../platform/errors.ts";
import type { Download } from "../contract.ts";
import { type DownloadNote, sizesOf } from "./download-notes.ts";
import type { DownloadProgress } from "./download-runs.ts";
import type { DownloadSource } from "./download-source.ts";

/** `progress` is null for one that nobody fetches now. */
export function describeDownload(note: DownloadNote, progress: DownloadProgress | null): Download {
  const { sizeBytes, receivedBytes } = progress ?? sizesOf(note);
  return {
    id: note.id,
    fileName: wholeName(note.parts),
    from: fromOf(note),
    sizeBytes,
    receivedBytes,
    bytesPerSecond: progress?.bytesPerSecond ?? null,
    state: stateOf(note, progress),
    error: note.state === "failed" && progress === null ? describeError(note.error) : null,
    modelId: null,
    createdAt: note.createdAt,
  };
}

/** One that has become a model. */
export function describeFetched(note: DownloadNote, modelId: string): Download {
  const { sizeBytes } = sizesOf(note);
  const fetched = { receivedBytes: sizeBytes, state: "done" as const, error: null, modelId };
  return { ...describeDownload(note, null), ...fetched };
}

/** `a-00001-of-00002.gguf` → `a.gguf` */
export function wholeName(parts: readonly { readonly name: string }[]): string {
  const name = parts[0]?.name ?? "";
  return parts.length === 1 ? name : `${partOf(name)?.stem ?? "model"}.gguf`;
}

function stateOf({ state }: DownloadNote, progress: DownloadProgress | null): Download["state"] {
  if (progress !== null) return progress.receivedBytes >= progress.sizeBytes ? "checking" : "fetching";
  // One that an ended process was fetching, before it goes on.
  return state === "running" ? "paused" : state;
}

function fromOf({ source, parts }: DownloadNote): string {
  const host = new URL(parts[0]?.url ?? "http://unknown").host;
  const named = JSON.parse(source) as DownloadSource;
  return named.kind === "repository" ? `${host}/${named.repository}` : host;
}

function describeError(error: DownloadNote["error"]): Download["error"] {
  if (error === null) return null;
  // A note of another version may name what this one does not know.
  const code = Object.hasOwn(errorCodes, error.code) ? (error.code as ErrorCode) : "internal_error";
  return { code, details: error.details, message: new AppError(code, error.details).message };
}
