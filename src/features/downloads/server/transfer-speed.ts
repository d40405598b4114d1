// How fast bytes come, over the last seconds: the mean of all would say of a line that has just become slow that it is fast.
export interface TransferSpeed {
  add(bytes: number): void;
  /** Null before enough is known. */
  read(): number | null;
}

const windowMs = 10_000;
const leastMs = 500;
const stepMs = 250;

export function createTransferSpeed(now: () => number): TransferSpeed {
  let steps: { readonly at: number; bytes: number }[] = [];
  const begunAt = now();
  const current = (): void => {
    const from = now() - windowMs;
    if (steps[0] !== undefined && steps[0].at < from) steps = steps.filter(({ at }) => at >= from);
  };
  return {
    add(bytes) {
      current();
      const last = steps.at(-1);
      if (last !== undefined && now() - last.at < stepMs) last.bytes += bytes;
      else steps.push({ at: now(), bytes });
    },
    read() {
      current();
      const ms = Math.min(windowMs, now() - begunAt);
      const bytes = steps.reduce((sum, step) => sum + step.bytes, 0);
      return ms < leastMs ? null : (bytes / ms) * 1000;
    },
  };
}
