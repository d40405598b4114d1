import { open, rm } from "node:fs/promises";
import { join } from "node:path";

/** Every saved message waits for one; above this people notice. */
export const slowFsyncMs = 20;

/** How long the disk takes to make a small write durable: the median of seven, in milliseconds. */
export async function measureFsyncMs(folder: string): Promise<number> {
  const file = join(folder, `.fsync-${process.pid}`);
  const handle = await open(file, "w", 0o600);
  try {
    const block = Buffer.alloc(4096, 1);
    const times: number[] = [];
    for (let round = 0; round < 7; round++) {
      const before = performance.now();
      await handle.write(block, 0, block.length, round * block.length);
      await handle.sync();
      times.push(performance.now() - before);
    }
    times.sort((one, other) => one - other);
    return times[3] ?? 0;
  } finally {
    await handle.close();
    await rm(file, { force: true });
  }
}
