// The bytes of an upload or a download on their way to the disk.
import { type FileHandle, open, truncate } from "node:fs/promises";
import { AppError } from "../../../platform/errors.ts";
import { isDiskFull } from "../../../platform/file-problem.ts";

export interface Written {
  /** Everything before it is on disk. */
  readonly end: number;
  /** Why it is not all; what came before is kept. */
  readonly error: Error | null;
}

/** As they come, one buffer at a time: the connection waits for the disk. Ends early where `takenOver` rejects. */
export async function writeBytes(
  path: string,
  { receivedBytes, sizeBytes }: { readonly receivedBytes: number; readonly sizeBytes: number },
  bytes: AsyncIterable<Uint8Array>,
  takenOver: Promise<never>,
): Promise<Written> {
  await using handle = await open(path, receivedBytes === 0 ? "w" : "r+", 0o600);
  const pieces = bytes[Symbol.asyncIterator]();
  let end = receivedBytes;
  let error: Error | null = null;
  try {
    while (true) {
      const { value, done } = await Promise.race([pieces.next(), takenOver]);
      if (done === true) break;
      if (end + value.length > sizeBytes) {
        throw new AppError("invalid_request", { problem: "there are more bytes than the upload was said to have" });
      }
      await writeAll(handle, value, end);
      end += value.length;
    }
  } catch (problem) {
    const failure = problem instanceof Error ? problem : new Error(String(problem));
    // Not awaited: it waits for the next piece where another connection has taken over.
    void pieces.return?.();
    error = isDiskFull(problem) ? new AppError("disk_full", {}, { cause: problem }) : failure;
  }
  if (error !== null && isDiskFull(error.cause)) {
    await truncate(path, receivedBytes);
    return { end: receivedBytes, error };
  }
  await handle.datasync();
  return { end, error };
}

/** A disk that is nearly full takes a part and refuses the rest with the next call. */
async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}
