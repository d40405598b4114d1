import { DatabaseSync } from "node:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { type OpenChats, openChats } from "../../../../tests/support/open-chats.ts";
import { type Database, writeCommand } from "../../../platform/database/command.ts";
import { openInlineDatabase } from "../../../platform/database/inline-database.ts";
import { migrate } from "../../../platform/database/migrate.ts";
import { openSqliteConnection } from "../../../platform/database/sqlite-connection.ts";
import { newId } from "../../../platform/new-id.ts";
import type { Message } from "../contract.ts";
import type { Scope } from "./chat-store.ts";
import { readPath, readWindow } from "./message-store.ts";
import { sendTurn } from "./turn-store.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) {
    await close();
  }
});

async function open(file = ":memory:"): Promise<OpenChats> {
  const database = openInlineDatabase(file);
  closing.push(() => database.close());
  await database.run(migrate, { now: 1 });
  return openChats(database);
}

async function wholeBranch({ chats }: OpenChats, scope: Scope, chatId: string, limit: number): Promise<Message[]> {
  const messages: Message[] = [];
  for (let cursor: string | undefined | null; cursor !== null;) {
    const page = await chats.readMessages(scope, chatId, { cursor, limit });
    messages.unshift(...page.items);
    cursor = page.nextCursor;
  }
  return messages;
}

/** `nth` picks among what is there, so that any number is a valid step. */
type Step = { kind: "reply" | "edit" | "retry" | "choose"; nth: number };
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("reply", "edit", "retry", "choose"),
  nth: fc.nat(1000),
});

test("whatever is sent, edited, retried and chosen, no message is ever lost", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.integer({ min: 1, max: 4 }), async (steps, limit) => {
      const opened = await open();
      const ana = await opened.aPerson();
      const { chat, question, answer } = await opened.anAnsweredChat(ana);
      const parents = new Map<string, string | null>([
        [question!.id, null],
        [answer.id, question!.id],
      ]);
      const answers = [answer.id];
      let mustShow = answer.id;
      for (const { kind, nth } of steps) {
        const all = [...parents.keys()];
        const [anyAnswer, anyMessage] = [answers[nth % answers.length]!, all[nth % all.length]!];
        if (kind === "choose") {
          await opened.chats.chooseBranch(ana, chat.id, anyMessage);
          mustShow = anyMessage;
        } else {
          const parentId = kind === "reply" ? anyAnswer : null;
          const message = { chatId: chat.id, messageId: newId(), parentId, text: `${kind} ${nth}` };
          const turn = await (kind === "retry"
            ? opened.chats.retry(ana, chat.id, anyMessage)
            : opened.chats.send(ana, message));
          await opened.finished(ana, turn);
          if (turn.question) {
            parents.set(turn.question.id, turn.question.parentId);
          }
          parents.set(turn.answer.id, turn.answer.parentId);
          answers.push(turn.answer.id);
          mustShow = turn.answer.id;
        }
        const shown = await wholeBranch(opened, ana, chat.id, limit);
        expect(shown.map(({ id }) => id)).toContain(mustShow);
        expectBranch(shown, parents);
      }
      for (const id of parents.keys()) {
        await opened.chats.chooseBranch(ana, chat.id, id);
        expect((await wholeBranch(opened, ana, chat.id, limit)).map((message) => message.id)).toContain(id);
      }
    }),
    { numRuns: 25 },
  );
}, 60_000);

/** From a root to a leaf, each message the child of the one before, siblings complete and in the order of their making. */
function expectBranch(shown: Message[], parents: ReadonlyMap<string, string | null>): void {
  const ids = [...parents.keys()];
  shown.forEach((message, index) => {
    expect(message.parentId).toBe(shown[index - 1]?.id ?? null);
    expect(message.siblingIds).toEqual(ids.filter((id) => parents.get(id) === message.parentId));
  });
  expect([...parents.values()]).not.toContain(shown.at(-1)?.id);
}

const addMessages = writeCommand(
  "test.add-messages",
  async (db, { scope, chatId, endId, count }: { scope: Scope; chatId: string; endId: string; count: number }) => {
    const owned = { organisation_id: scope.organisationId, owner_id: scope.userId, chat_id: chatId };
    let parentId = endId;
    for (let index = 0; index < count; index++) {
      const role = index % 2 === 0 ? ("user" as const) : ("assistant" as const);
      const id = newId();
      const text = `Message ${index}. `.repeat(20);
      const row = { ...owned, id, parent_id: parentId, role, text, reasoning: "", reasoning_ms: 0, created_at: index };
      await db.insertInto("messages").values(row).execute();
      parentId = id;
    }
    await db.updateTable("chats").set({ leaf_message_id: parentId }).where("id", "=", chatId).execute();
    return parentId;
  },
);

async function aLongChat(opened: OpenChats, count: number) {
  const ana = await opened.aPerson();
  const { chat, answer } = await opened.anAnsweredChat(ana);
  const leafId = await opened.database.run(addMessages, { scope: ana, chatId: chat.id, endId: answer.id, count });
  return { ana, chat, leafId };
}

test("a window, a send and the model's history cost the same in a long chat as in a short one", async () => {
  const folder = mkdtempSync(join(tmpdir(), "shobar-tree-"));
  closing.push(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "chats.db");
  const opened = await open(file);
  const { ana, chat, leafId } = await aLongChat(opened, 2000);
  const short = await opened.anAnsweredChat(ana);

  const connection = openSqliteConnection({ file });
  closing.push(() => connection.close());
  const plans = new DatabaseSync(file);
  closing.push(() => plans.close());
  const queries: string[] = [];
  const db = connection.db.withPlugin({
    transformQuery({ node, queryId }) {
      queries.push(connection.db.getExecutor().compileQuery(node, queryId).sql);
      return node;
    },
    transformResult: ({ result }) => Promise.resolve(result),
  });
  const bounds = { maxMessages: 30, maxCharacters: 1_000_000 };
  const window = await readWindow.run(db, { scope: ana, chatId: chat.id, before: null, bounds });
  expect(window.items).toHaveLength(30);
  expect(window.nextCursor).toBe(window.items[0]?.id);
  await readWindow.run(db, { scope: ana, chatId: short.chat.id, before: null, bounds });
  await readPath.run(db, {
    scope: ana,
    chatId: chat.id,
    endId: leafId,
    bounds: { maxMessages: 100, maxCharacters: 9e9 },
  });
  const run = { id: newId(), modelId: "m", modelName: "M", madeBy: "here", ownerNode: "n", leaseUntil: 1 };
  const ids = { chatId: chat.id, messageId: newId(), parentId: leafId, answerId: newId(), modelId: undefined };
  await sendTurn.run(db, { scope: ana, ...ids, text: "Next", title: "T", run, now: 3000 });

  expect(queries.length).toBeGreaterThan(10);
  for (const query of queries.filter((sql) => !sql.startsWith("insert"))) {
    const steps = plans.prepare(`EXPLAIN QUERY PLAN ${query}`).all() as { detail: string }[];
    // Nothing but the branch that the query itself has made may be gone through from end to end.
    const scans = steps.filter(
      ({ detail }) => detail.startsWith("SCAN") && !/^SCAN (branch|CONSTANT ROW)/.test(detail),
    );
    expect(scans, query).toEqual([]);
    // Every chat has messages without a parent: they are found by their chat.
    const isAboutRoots = query.includes(`"parent_id" is null`);
    expect(!isAboutRoots || steps[0]?.detail.includes("messages_tree"), query).toBe(true);
  }
  expect(queries.some((query) => query.includes(`"parent_id" is null`))).toBe(true);
});

test("a window of large messages stops at its share of characters", async () => {
  const opened = await open();
  const ana = await opened.aPerson();
  const { chat, answer } = await opened.anAnsweredChat(ana, "x".repeat(200_000));
  let parentId = answer.id;
  for (let count = 0; count < 7; count++) {
    const message = { chatId: chat.id, messageId: newId(), parentId, text: "y".repeat(200_000) };
    const turn = await opened.chats.send(ana, message);
    await opened.finished(ana, turn);
    parentId = turn.answer.id;
  }
  const page = await opened.chats.readMessages(ana, chat.id, { limit: 100 });
  expect(page.items.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThanOrEqual(1_200_000);
  expect(page.items.length).toBeGreaterThan(8);
  expect(await wholeBranch(opened, ana, chat.id, 100)).toHaveLength(16);
});

test("a branch longer than cascades may nest can be deleted for good", async () => {
  const opened = await open();
  const { ana, chat } = await aLongChat(opened, 3000);
  await opened.chats.remove(ana, chat.id);
  opened.passTime(31 * 24 * 60 * 60 * 1000);
  expect(await opened.chats.purgeDeleted()).toBe(1);
  expect(await countRows(opened.database)).toEqual([0, 0, 0]);
});

function countRows(database: Database): Promise<number[]> {
  return database.run(
    writeCommand("test.count-rows", async (db) => {
      const counts: number[] = [];
      for (const table of ["chats", "messages", "runs"] as const) {
        const { count } = await db
          .selectFrom(table)
          .select((eb) => eb.fn.countAll<number>().as("count"))
          .executeTakeFirstOrThrow();
        counts.push(count);
      }
      return counts;
    }),
    undefined,
  );
}
