// What has to happen from time to time as long as the server runs. What failed is logged and tried again next time.
import type { Logger } from "./logger.ts";

export interface UpkeepTask {
  /** The log's word for it, once something was done: `deleted-chats-purged`. */
  readonly event: string;
  readonly everyMs: number;
  /** Answers how many things it did something about. */
  run(): Promise<number>;
}

export interface Upkeep {
  stop(): void;
}

/** Each task runs at once and then at its interval; it alone keeps no process alive. */
export function startUpkeep(tasks: readonly UpkeepTask[], logger: Pick<Logger, "info" | "error">): Upkeep {
  async function run(task: UpkeepTask): Promise<void> {
    try {
      const count = await task.run();
      if (count > 0) {
        logger.info({ event: task.event, count });
      }
    } catch (error) {
      logger.error({ event: "upkeep-failed", task: task.event, err: error });
    }
  }
  const timers = tasks.map((task) => {
    void run(task);
    return setInterval(() => void run(task), task.everyMs).unref();
  });
  return { stop: () => timers.forEach((timer) => clearInterval(timer)) };
}
