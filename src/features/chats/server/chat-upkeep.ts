// What has to happen from time to time: chats deleted long ago go for good, and runs whose process is gone are marked.
import type { Logger } from "../../../platform/logger.ts";
import type { Chats } from "./chats.ts";
import type { Runs } from "./runs.ts";

const purgeIntervalMs = 24 * 60 * 60 * 1000;
const sweepIntervalMs = 60_000;

export interface ChatUpkeep {
  stop(): void;
}

/** Purges at once and daily, looks for abandoned runs each minute; failures are logged and tried again next time. */
export function startChatUpkeep(chats: Chats, runs: Runs, logger: Pick<Logger, "info" | "error">): ChatUpkeep {
  async function purge(): Promise<void> {
    const purged = await chats.purgeDeleted();
    if (purged > 0) {
      logger.info({ event: "deleted-chats-purged", purged });
    }
  }
  async function sweep(): Promise<void> {
    const interrupted = await runs.interruptAbandoned({ alone: false });
    if (interrupted > 0) {
      logger.info({ event: "abandoned-runs-interrupted", interrupted });
    }
  }
  const logged = (work: () => Promise<void>) => () =>
    void work().catch((error: unknown) => logger.error({ event: "chat-upkeep-failed", err: error }));
  const timers = [setInterval(logged(purge), purgeIntervalMs), setInterval(logged(sweep), sweepIntervalMs)];
  timers.forEach((timer) => timer.unref());
  logged(purge)();
  return { stop: () => timers.forEach((timer) => clearInterval(timer)) };
}
