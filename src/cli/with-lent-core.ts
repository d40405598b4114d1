import { openServerControl } from "./control.ts";

/** Does `work`; a server that runs on the folder leaves it a core meanwhile, so that no answer stands still for it. */
export async function withLentCore<Result>(dataFolder: string, work: () => Promise<Result>): Promise<Result> {
  const control = await openServerControl(dataFolder);
  if (control === null) {
    return await work();
  }
  const ended = new AbortController();
  const { promise: lent, resolve } = Promise.withResolvers<void>();
  // A server of an older version cannot; the work then goes on beside it as it did.
  const lending = control
    .perform("engine.lend-core", {}, () => resolve(), ended.signal)
    .then(
      () => resolve(),
      () => resolve(),
    );
  try {
    await lent;
    return await work();
  } finally {
    ended.abort();
    await lending;
  }
}
