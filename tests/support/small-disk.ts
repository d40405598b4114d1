// A real file system of a few megabytes, and a file that takes all its room.
import { execFileSync } from "node:child_process";
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface SmallDisk extends Disposable {
  readonly folder: string;
  /** Leaves at most this room. */
  fill(roomBytes: number): void;
  free(): void;
}

export function mountSmallDisk(megabytes: number): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), "shobar-small-disk-"));
  try {
    execFileSync("/usr/bin/mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=700`, "shobar-small-disk", folder], {
      stdio: ["ignore", "ignore", "pipe"],
    });
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw new Error("This test mounts a small disk (tmpfs). Run it as root, in a container with CAP_SYS_ADMIN.", {
      cause: error,
    });
  }
  const filler = openSync(join(folder, "filler"), "w");
  const piece = Buffer.alloc(65_536, 1);
  return {
    folder,
    fill(roomBytes) {
      let size = 0;
      try {
        for (let written = 1; written > 0; size += written) {
          written = writeSync(filler, piece, 0, piece.length, size);
        }
      } catch {
        // The disk is full.
      }
      ftruncateSync(filler, Math.max(0, Math.floor(size - roomBytes)));
    },
    free: () => ftruncateSync(filler, 0),
    [Symbol.dispose]() {
      closeSync(filler);
      // Lazily: a process that a failed test left may still have a file open.
      execFileSync("/usr/bin/umount", ["--lazy", folder]);
      rmSync(folder, { recursive: true });
    },
  };
}
