// Every command of this feature's stores, for the database's threads.
import type { AnyCommand } from "../../../platform/database/command.ts";
import { chatStoreCommands } from "./chat-store.ts";
import { messageCommands } from "./message-store.ts";
import { runCommands } from "./run-store.ts";
import { turnCommands } from "./turn-store.ts";

export const chatCommands: AnyCommand[] = [...chatStoreCommands, ...messageCommands, ...runCommands, ...turnCommands];
