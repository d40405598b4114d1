// A log file that cannot fill the disk: at its size limit it is moved to `.1`, the older ones one further, the oldest goes.
import { closeSync, fstatSync, openSync, renameSync, rmSync, writeSync } from "node:fs";

export interface RotatingFileOptions {
  readonly file: string;
  readonly maxBytes: number;
  /** How many full files are kept beside the current one. */
  readonly keep: number;
}

export interface RotatingFile {
  write(line: string): void;
  close(): void;
}

export function openRotatingFile({ file, maxBytes, keep }: RotatingFileOptions): RotatingFile {
  let descriptor = openSync(file, "a", 0o600);
  let size = fstatSync(descriptor).size;

  function rotate(): void {
    closeSync(descriptor);
    rmSync(`${file}.${keep}`, { force: true });
    for (let number = keep - 1; number >= 0; number--) {
      const from = number === 0 ? file : `${file}.${number}`;
      try {
        renameSync(from, `${file}.${number + 1}`);
      } catch {
        // There are not that many yet.
      }
    }
    descriptor = openSync(file, "a", 0o600);
    size = fstatSync(descriptor).size;
  }

  return {
    write(line) {
      try {
        const bytes = Buffer.byteLength(line);
        if (size > 0 && size + bytes > maxBytes) {
          rotate();
        }
        writeSync(descriptor, line);
        size += bytes;
      } catch {
        // A full disk must not take the server down with its log.
      }
    },
    close: () => closeSync(descriptor),
  };
}
