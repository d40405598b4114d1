// Of the connections that bring bytes of one upload, the newest is the one that counts: the one before it, perhaps of a
// line that is dead and does not know it, is ended first.
import { AppError } from "../../../platform/errors.ts";

export interface NewestWriters {
  /** Begins once the one before has let go. Its `takenOver` rejects with upload_taken_over when a newer one comes. */
  write<Result>(uploadId: string, work: (takenOver: Promise<never>) => Promise<Result>): Promise<Result>;
  /** Answers when nothing writes any more. */
  end(uploadId: string): Promise<void>;
  isWriting(uploadId: string): boolean;
}

interface Writer {
  readonly takeOver: () => void;
  readonly ended: Promise<unknown>;
}

export function createNewestWriters(): NewestWriters {
  const writers = new Map<string, Writer>();
  return {
    async write(uploadId, work) {
      const { promise: takenOver, reject } = Promise.withResolvers<never>();
      takenOver.catch(() => undefined);
      const previous = writers.get(uploadId);
      previous?.takeOver();
      const working = (async () => {
        await previous?.ended;
        return work(takenOver);
      })();
      const writer = {
        takeOver: () => reject(new AppError("upload_taken_over")),
        ended: working.catch(() => undefined),
      };
      writers.set(uploadId, writer);
      try {
        return await working;
      } finally {
        if (writers.get(uploadId) === writer) writers.delete(uploadId);
      }
    },
    async end(uploadId) {
      writers.get(uploadId)?.takeOver();
      await writers.get(uploadId)?.ended;
    },
    isWriting: (uploadId) => writers.has(uploadId),
  };
}
