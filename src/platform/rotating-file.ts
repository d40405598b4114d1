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
  // Null between two files and after the end: the number of a closed file is soon another file's, the database's perhaps.
  let descriptor: number | null = openSync(file, "a", 0o600);
  let size = fstatSync(descriptor).size;
  let isClosed = false;
  /** A full disk took only the beginning of the last line; the next one must not stand behind it. */
  let isCut = false;

  function end(): void {
    const open = descriptor;
    descriptor = null;
    if (open !== null) {
      closeSync(open);
    }
  }

  function rotate(): void {
    end();
    rmSync(`${file}.${keep}`, { force: true });
    for (let number = keep - 1; number >= 0; number--) {
      const from = number === 0 ? file : `${file}.${number}`;
      try {
        renameSync(from, `${file}.${number + 1}`);
      } catch {
        // There are not that many yet.
      }
    }
    isCut = false;
  }

  function current(): number {
    if (descriptor === null) {
      descriptor = openSync(file, "a", 0o600);
      size = fstatSync(descriptor).size;
    }
    return descriptor;
  }

  return {
    write(line) {
      try {
        if (isClosed) {
          return;
        }
        const bytes = Buffer.from(isCut ? `\n${line}` : line);
        if (size > 0 && size + bytes.length > maxBytes) {
          rotate();
        }
        const written = writeSync(current(), bytes);
        size += written;
        isCut = written < bytes.length;
      } catch {
        // A full disk must not take the server down with its log.
      }
    },
    close() {
      isClosed = true;
      end();
    },
  };
}
