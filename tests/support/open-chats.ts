// The rules of chats on a real database with a scripted model: for tests that need no server.
import { pino } from "pino";
import type { RunEvent, Turn } from "../../src/features/chats/contract.ts";
import { answerStart } from "../../src/features/chats/server/answer-text.ts";
import type { Scope } from "../../src/features/chats/server/chat-store.ts";
import { type Chats, createChats } from "../../src/features/chats/server/chats.ts";
import { createRuns, type Runs } from "../../src/features/chats/server/runs.ts";
import type { SavedStates } from "../../src/inference/model-call.ts";
import { type Database, writeCommand } from "../../src/platform/database/command.ts";
import { newId } from "../../src/platform/new-id.ts";
import { createFakeModel, type FakeModel } from "./fake-model.ts";

export interface OpenChats {
  readonly database: Database;
  readonly model: FakeModel;
  readonly chats: Chats;
  readonly runs: Runs;
  /** A person in the one organisation, each time another one. */
  aPerson(role?: Scope["role"]): Promise<Scope>;
  /** Moves the clock, which otherwise stands one millisecond further at each look. */
  passTime(ms: number): void;
  /** Whose saved states were to be deleted, in order. */
  readonly forgotten: readonly { readonly kind: string; readonly id: string }[];
  /** The same data seen by another server process. */
  anotherProcess(): { chats: Chats; runs: Runs };
  /** Starts a chat and waits for the end of its answer. */
  anAnsweredChat(scope: Scope, text?: string): Promise<Turn>;
  /** Waits for the end of a turn's answer and answers its events. */
  finished(scope: Scope, turn: Turn): Promise<RunEvent[]>;
}

export function openChats(database: Database, model: FakeModel = createFakeModel()): OpenChats {
  let now = 1_800_000_000_000;
  const clock = (): number => now++;
  const organisationId = newId();
  const forgotten: { kind: string; id: string }[] = [];
  const states: SavedStates = { forgetSaved: async (of) => void forgotten.push(of) };
  const logger = pino({ level: "silent" });

  function aProcess(): { chats: Chats; runs: Runs } {
    const runs = createRuns({ database, model, clock, logger, nodeId: newId() });
    return { runs, chats: createChats({ database, runs, model, clock, states }) };
  }
  const { chats, runs } = aProcess();

  async function finished(scope: Scope, turn: Turn): Promise<RunEvent[]> {
    const events = await runs.follow(scope, turn.answer.run!.id, answerStart, new AbortController().signal);
    return (await Array.fromAsync(events)).map(({ data }) => data);
  }

  return {
    database,
    model,
    chats,
    runs,
    finished,
    forgotten,
    passTime: (ms) => void (now += ms),
    anotherProcess: aProcess,
    async aPerson(role = "member") {
      const scope: Scope = { organisationId, userId: newId(), role };
      await database.run(addPerson, scope);
      return scope;
    },
    async anAnsweredChat(scope, text = "What is a graph?") {
      const turn = await chats.start(scope, { chatId: newId(), messageId: newId(), text });
      await finished(scope, turn);
      return turn;
    },
  };
}

const addPerson = writeCommand("test.add-person", async (db, { organisationId, userId, role }: Scope) => {
  const organisation = { id: organisationId, name: "Test", created_at: 1 };
  await db
    .insertInto("organisations")
    .values(organisation)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await db
    .insertInto("users")
    .values({
      id: userId,
      organisation_id: organisationId,
      name: "Person",
      email: `${userId}@example.org`,
      role,
      password_hash: "none",
      language: null,
      theme: "system",
      created_at: 1,
      disabled_at: null,
    })
    .execute();
});
