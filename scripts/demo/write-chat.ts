// Puts one chat into the database as the product itself does: each question sent, each answer made by a run.
import { createChats, type Chats } from "../../src/features/chats/server/chats.ts";
import { createRuns, type Runs } from "../../src/features/chats/server/runs.ts";
import type { Scope } from "../../src/features/chats/server/chat-store.ts";
import type { Turn } from "../../src/features/chats/contract.ts";
import type { Database } from "../../src/platform/database/command.ts";
import { newId } from "../../src/platform/new-id.ts";
import type { DemoChat, DemoTurn, Ending } from "./demo-chat.ts";
import type { DemoClock } from "./demo-clock.ts";
import { createScriptedModel, type ScriptedModel } from "./scripted-model.ts";
import { writtenText } from "./written-text.ts";

const minuteMs = 60_000;
/** Between an answer and the next question. */
const thinkingMs = 40_000;
const done: Ending = { kind: "done" };

interface Parts {
  readonly chats: Chats;
  readonly runs: Runs;
  readonly model: ScriptedModel;
  readonly clock: DemoClock;
}

/** Answers the chat's id. `now` is the time of the last question, less the chat's age. */
export async function writeChat(
  { db, clock }: { readonly db: Database; readonly clock: DemoClock },
  scope: Scope,
  chat: DemoChat,
  now: number,
): Promise<string> {
  clock.set(now - chat.minutesAgo * minuteMs - chat.turns.length * thinkingMs);
  const model = createScriptedModel(chat.language, clock);
  const logger = { warn: complain, error: complain };
  const runs = createRuns({ database: db, model, clock: clock.read, logger, nodeId: newId() });
  const chats = createChats({ database: db, runs, model, clock: clock.read, states: { forgetSaved: async () => {} } });
  const chatId = newId();
  let parentId: string | null = null;
  for (const [index, turn] of chat.turns.entries()) {
    const parent = index === 0 || turn.isEdit === true ? null : parentId;
    parentId = await writeTurn({ chats, runs, model, clock }, scope, chatId, turn, { parent, isFirst: index === 0 });
    clock.advance(thinkingMs);
  }
  if (chat.title !== undefined) await chats.change(scope, chatId, { title: chat.title });
  return chatId;
}

/** Answers the id of the last answer. */
async function writeTurn(
  parts: Parts,
  scope: Scope,
  chatId: string,
  { question, answers, ending = done }: DemoTurn,
  place: { readonly parent: string | null; readonly isFirst: boolean },
): Promise<string> {
  const { chats, model, clock } = parts;
  const [first = "", ...others] = answers;
  const asked = { chatId, messageId: newId(), text: question };
  const firstEnding = others.length === 0 ? ending : done;
  model.say(first, firstEnding);
  const { parent, isFirst } = place;
  const turn = await (isFirst ? chats.start(scope, asked) : chats.send(scope, { ...asked, parentId: parent }));
  await finish(parts, scope, turn, first, firstEnding);
  let answerId = turn.answer.id;
  for (const [index, text] of others.entries()) {
    clock.advance(thinkingMs);
    const itsEnding = index === others.length - 1 ? ending : done;
    model.say(text, itsEnding);
    const retried = await chats.retry(scope, chatId, answerId);
    await finish(parts, scope, retried, text, itsEnding);
    answerId = retried.answer.id;
  }
  return answerId;
}

async function finish({ runs }: Parts, scope: Scope, { answer }: Turn, text: string, ending: Ending): Promise<void> {
  const runId = answer.run?.id ?? "";
  await writtenText(runs, scope, runId, (written) => ending.kind === "stopped" && written.length >= text.length);
  if (ending.kind === "stopped") await runs.stop(scope, runId);
}

/** A run that failed may have been meant to; anything else is a fault of the demo. */
function complain(problem: { readonly event?: string }): void {
  if (problem.event !== "run-failed") throw new Error("a chat could not be written", { cause: problem });
}
