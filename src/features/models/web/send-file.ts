// Sends a file in pieces until all of it has arrived. A lost connection is waited for; the server says where to go on.
import { call } from "../../../ui/call.ts";
import { ServerProblem } from "../../../ui/server-problem.ts";
import { waitForNetwork } from "../../../ui/wait-for-network.ts";
import { type FinishedUpload, finishUpload, sendUploadPiece, type Upload } from "../uploads-contract.ts";

const smallestPiece = 256_000;
const largestPiece = 8_000_000;
/** A piece that takes longer is made smaller, one that takes less than a fifth of it larger. */
const pieceMs = 5_000;
const longestWaitMs = 15_000;

export class FileUnreadableError extends Error {}

export type SendingPhase = "sending" | "waiting" | "full" | "checking";

interface Watch {
  readonly signal: AbortSignal;
  readonly onProgress: (phase: SendingPhase, sentBytes: number) => void;
}

/** `begin` may be asked again. Throws ServerProblem, and FileUnreadableError where the browser cannot read the file any more. */
export async function sendFile(file: File, begin: () => Promise<Upload>, watch: Watch): Promise<FinishedUpload> {
  const upload = await patiently(watch, 0, begin);
  const params = { uploadId: upload.id };
  let offset = upload.receivedBytes;
  let largest = largestPiece;
  let pieceBytes = 1_000_000;
  while (offset < upload.sizeBytes) {
    watch.onProgress("sending", offset);
    const bytes = await readPiece(file, offset, pieceBytes);
    const startedAt = performance.now();
    const arrived = await patiently(watch, offset, () =>
      call(sendUploadPiece, { params, query: { offset }, bytes, signal: watch.signal }).then(
        ({ receivedBytes }) => receivedBytes,
        rightOffset,
      ),
    ).catch((problem: unknown) => {
      if (!isTooLarge(problem) || pieceBytes <= smallestPiece) throw problem;
      largest = Math.max(smallestPiece, pieceBytes / 2);
      return offset;
    });
    const tookMs = performance.now() - startedAt;
    if (tookMs > pieceMs) pieceBytes = Math.max(smallestPiece, pieceBytes / 2);
    else if (tookMs < pieceMs / 5) pieceBytes *= 2;
    pieceBytes = Math.min(largest, pieceBytes);
    offset = arrived;
  }
  watch.onProgress("checking", offset);
  return patiently(watch, offset, () => call(finishUpload, { params, signal: watch.signal }));
}

async function readPiece(file: File, offset: number, bytes: number): Promise<ArrayBuffer> {
  try {
    return await file.slice(offset, offset + Math.floor(bytes)).arrayBuffer();
  } catch {
    throw new FileUnreadableError("the file cannot be read any more");
  }
}

/** A proxy in front of the server may take less at once than the server does. */
function isTooLarge(problem: unknown): boolean {
  return problem instanceof ServerProblem && problem.status === 413;
}

/** The server knows better what has arrived. */
function rightOffset(problem: unknown): number {
  if (problem instanceof ServerProblem && problem.code === "upload_offset_wrong") {
    return Number(problem.details["received"]);
  }
  throw problem;
}

/** Tries again while the server cannot be reached, is busy or has no room; everything else is the caller's. */
async function patiently<Result>(watch: Watch, sent: number, work: () => Promise<Result>): Promise<Result> {
  for (let waitMs = 1_000; ; waitMs = Math.min(longestWaitMs, waitMs * 2)) {
    try {
      return await work();
    } catch (problem) {
      watch.signal.throwIfAborted();
      if (!(problem instanceof ServerProblem) || !isPassing(problem)) throw problem;
      watch.onProgress(problem.code === "disk_full" ? "full" : "waiting", sent);
      await waitForNetwork(waitMs, watch.signal);
      watch.signal.throwIfAborted();
    }
  }
}

function isPassing({ code, status }: ServerProblem): boolean {
  return (
    code === "network" ||
    code === "database_busy" ||
    code === "disk_full" ||
    status === 502 ||
    status === 503 ||
    status === 504
  );
}
