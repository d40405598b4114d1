// Lets a few pieces of work run at a time, a bounded number wait, and refuses the rest.

export interface Turns {
  run<Result>(work: () => Promise<Result>): Promise<Result>;
}

export interface TurnsOptions {
  readonly maxParallel: number;
  readonly maxWaiting: number;
  /** The error for work that finds the queue full. */
  readonly refuse: () => Error;
}

export function createTurns({ maxParallel, maxWaiting, refuse }: TurnsOptions): Turns {
  const waiting: (() => void)[] = [];
  let running = 0;
  return {
    async run(work) {
      if (running >= maxParallel) {
        if (waiting.length >= maxWaiting) {
          throw refuse();
        }
        // Whoever finishes hands over its place, so `running` stays as it is.
        await new Promise<void>((resolve) => waiting.push(resolve));
      } else {
        running += 1;
      }
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next) {
          next();
        } else {
          running -= 1;
        }
      }
    },
  };
}
