// The chat whose answer broke off because the server stopped. It is a real one: the starter model writes, the runs are
// stopped as a server stops them, and whoever presses Continue gets more from the same model.
import { pino } from "pino";
import { createChats } from "../../src/features/chats/server/chats.ts";
import { createRuns } from "../../src/features/chats/server/runs.ts";
import type { Scope } from "../../src/features/chats/server/chat-store.ts";
import { createGateway } from "../../src/inference/gateway/gateway.ts";
import type { Config } from "../../src/platform/config/config.ts";
import type { Database } from "../../src/platform/database/command.ts";
import { newId } from "../../src/platform/new-id.ts";
import { openEngine } from "../../src/server/open-engine.ts";
import type { ProductFiles } from "../../src/server/start.ts";
import type { DemoClock } from "./demo-clock.ts";
import { writtenText } from "./written-text.ts";

const enoughCharacters = 160;

export async function writeInterruptedChat(
  { db, clock, config, files }: { db: Database; clock: DemoClock; config: Config; files: ProductFiles },
  scope: Scope,
  question: string,
): Promise<void> {
  const { productFolder, engineWorker: workerEntry } = files;
  const logger = pino({ level: "silent" });
  const engine = openEngine({ config, productFolder, workerEntry, logger, places: async () => [] });
  try {
    const model = createGateway({ caller: engine });
    const runs = createRuns({ database: db, model, clock: clock.read, logger, nodeId: newId() });
    const chats = createChats({ database: db, runs, model, clock: clock.read, states: engine });
    const { answer } = await chats.start(scope, { chatId: newId(), messageId: newId(), text: question });
    await writtenText(runs, scope, answer.run?.id ?? "", (text) => text.length > enoughCharacters);
    await runs.stopAll();
  } finally {
    await engine.stop();
  }
}
