// All SQL about runs and their event log. What a run has written lies in run_events, a row per flush, until the run
// ends and its text is folded into the message. A process writes only runs that are its own: same node, same fence.
import { type AnyCommand, readCommand, type Transaction, writeCommand } from "../../../platform/database/command.ts";
import type { MessageRow, RunRow } from "../../../platform/database/tables.ts";
import { AppError } from "../../../platform/errors.ts";
import type { Run, RunFailure, RunStatus } from "../contract.ts";
import { requireChat, type Scope } from "./chat-store.ts";

export function toRun(row: RunRow): Run {
  return {
    id: row.id,
    status: row.status,
    modelId: row.model_id,
    modelName: row.model_name,
    madeBy: row.made_by,
    finishReason: row.finish_reason,
    failure: toFailure(row),
    promptTokens: row.prompt_tokens,
    cachedTokens: row.cached_tokens,
    completionTokens: row.completion_tokens,
    reasoningTokens: row.reasoning_tokens,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  };
}

function toFailure(row: RunRow): RunFailure | null {
  if (row.failure_code === null) {
    return null;
  }
  const details = JSON.parse(row.failure_details ?? "{}") as NonNullable<RunFailure["details"]>;
  return { code: row.failure_code, message: row.failure_message ?? "", details };
}

/** Throws run_not_found, for a run in a foreign or deleted chat too. */
export async function requireRun(
  db: Transaction,
  scope: Scope,
  runId: string,
  action: "read" | "write",
): Promise<RunRow> {
  const row = await db
    .selectFrom("runs")
    .selectAll()
    .where("id", "=", runId)
    .where("organisation_id", "=", scope.organisationId)
    .executeTakeFirst();
  if (!row) {
    throw new AppError("run_not_found");
  }
  try {
    await requireChat(db, scope, row.chat_id, action);
  } catch (error) {
    throw new AppError("run_not_found", {}, { cause: error });
  }
  return row;
}

/** The run that counts for each message: the one with the highest fence. */
export async function latestRuns(db: Transaction, messageIds: string[]): Promise<Map<string, RunRow>> {
  if (messageIds.length === 0) {
    return new Map();
  }
  const rows = await db.selectFrom("runs").selectAll().where("message_id", "in", messageIds).orderBy("fence").execute();
  return new Map(rows.map((row) => [row.message_id, row]));
}

/** An answer's two parts, and how long the model thought. */
export interface Said {
  readonly text: string;
  readonly reasoning: string;
  readonly reasoningMs: number;
}

type SaidColumns = Pick<MessageRow, "text" | "reasoning" | "reasoning_ms">;
const saidColumns = ["text", "reasoning", "reasoning_ms"] as const;

/** The message's own parts, and behind them what its open run, where there is one, has written. */
export async function saidSoFar(db: Transaction, message: SaidColumns, openRunId: string | null): Promise<Said> {
  const events =
    openRunId === null
      ? []
      : await db.selectFrom("run_events").select(saidColumns).where("run_id", "=", openRunId).orderBy("seq").execute();
  return {
    text: message.text + events.map((event) => event.text).join(""),
    reasoning: message.reasoning + events.map((event) => event.reasoning).join(""),
    reasoningMs: events.at(-1)?.reasoning_ms ?? message.reasoning_ms,
  };
}

/** A run with what it has written, for a reader who comes when it is over. */
export interface RunReport {
  readonly run: Run;
  readonly said: Said;
}

export const readRun = readCommand(
  "runs.read",
  async (db, args: { scope: Scope; runId: string; action: "read" | "write" }): Promise<RunReport> => {
    const row = await requireRun(db, args.scope, args.runId, args.action);
    const message = await db
      .selectFrom("messages")
      .select(saidColumns)
      .where("id", "=", row.message_id)
      .executeTakeFirstOrThrow();
    return { run: toRun(row), said: await saidSoFar(db, message, row.ended_at === null ? row.id : null) };
  },
);

function toColumns({ text, reasoning, reasoningMs }: Said): SaidColumns {
  return { text, reasoning, reasoning_ms: reasoningMs };
}

export interface RunText {
  readonly runId: string;
  readonly fence: number;
  readonly seq: number;
  readonly said: Said;
}

/** Writes what several runs of one process have produced since the last time; answers the runs that are not its own any more. */
export const appendRunEvents = writeCommand(
  "runs.append-events",
  async (db, args: { node: string; now: number; texts: RunText[] }): Promise<string[]> => {
    const own = await ownRuns(db, args.node, args.texts);
    const rows = args.texts
      .filter(({ runId }) => own.has(runId))
      .map(({ runId, seq, said }) => ({ run_id: runId, seq, ...toColumns(said), created_at: args.now }));
    if (rows.length > 0) {
      await db.insertInto("run_events").values(rows).execute();
      const begun = rows.filter(({ seq }) => seq === 1).map(({ run_id }) => run_id);
      if (begun.length > 0) {
        await db.updateTable("runs").set({ status: "running" }).where("id", "in", begun).execute();
      }
    }
    return args.texts.map(({ runId }) => runId).filter((runId) => !own.has(runId));
  },
);

/** Says that this process still lives; answers the runs that are not its own any more. */
export const renewLeases = writeCommand(
  "runs.renew-leases",
  async (
    db,
    args: { node: string; leaseUntil: number; runs: { runId: string; fence: number }[] },
  ): Promise<string[]> => {
    const own = await ownRuns(db, args.node, args.runs);
    if (own.size > 0) {
      await db
        .updateTable("runs")
        .set({ lease_until: args.leaseUntil })
        .where("id", "in", [...own])
        .execute();
    }
    return args.runs.map(({ runId }) => runId).filter((runId) => !own.has(runId));
  },
);

async function ownRuns(
  db: Transaction,
  node: string,
  runs: readonly { runId: string; fence: number }[],
): Promise<Set<string>> {
  const ids = runs.map(({ runId }) => runId);
  const rows = await db
    .selectFrom("runs")
    .select(["id", "fence"])
    .where("id", "in", ids)
    .where("owner_node", "=", node)
    .where("ended_at", "is", null)
    .execute();
  const fences = new Map(runs.map(({ runId, fence }) => [runId, fence]));
  return new Set(rows.filter((row) => fences.get(row.id) === row.fence).map((row) => row.id));
}

export interface RunOutcome {
  readonly status: Exclude<RunStatus, "queued" | "running">;
  readonly finishReason: Run["finishReason"];
  readonly failure: RunFailure | null;
  readonly promptTokens: number | null;
  readonly cachedTokens: number | null;
  readonly completionTokens: number | null;
  readonly reasoningTokens: number | null;
}

export interface SettleArguments {
  readonly runId: string;
  readonly node: string;
  readonly fence: number;
  /** The whole answer, with what earlier runs had written. */
  readonly said: Said;
  readonly outcome: RunOutcome;
  readonly now: number;
}

/** Ends a run: answer, run and the removal of its log in one transaction. False where the run was not this process's any more. */
export const settleRun = writeCommand("runs.settle", async (db, args: SettleArguments): Promise<boolean> => {
  const own = await ownRuns(db, args.node, [args]);
  if (own.size === 0) {
    return false;
  }
  await endRun(db, args.runId, args.said, {
    status: args.outcome.status,
    finish_reason: args.outcome.finishReason,
    failure_code: args.outcome.failure?.code ?? null,
    failure_message: args.outcome.failure?.message ?? null,
    failure_details: args.outcome.failure ? JSON.stringify(args.outcome.failure.details ?? {}) : null,
    prompt_tokens: args.outcome.promptTokens,
    cached_tokens: args.outcome.cachedTokens,
    completion_tokens: args.outcome.completionTokens,
    reasoning_tokens: args.outcome.reasoningTokens,
    ended_at: args.now,
  });
  return true;
});

async function endRun(db: Transaction, runId: string, said: Said, ending: Partial<RunRow>): Promise<void> {
  const { message_id } = await db
    .updateTable("runs")
    .set(ending)
    .where("id", "=", runId)
    .returning("message_id")
    .executeTakeFirstOrThrow();
  await db.updateTable("messages").set(toColumns(said)).where("id", "=", message_id).execute();
  await db.deleteFrom("run_events").where("run_id", "=", runId).execute();
}

/** `alone`: the lock on the data folder proves that no other process can be making an answer, whatever the leases say. */
export interface AbandonedArguments {
  readonly now: number;
  readonly node: string;
  readonly alone: boolean;
  /** Whose end this process still wants to write. */
  readonly except: readonly string[];
  readonly limit: number;
}

/** Marks runs whose process is gone as interrupted and keeps all they had written; at most `limit`, answers how many. */
export const interruptAbandonedRuns = writeCommand(
  "runs.interrupt-abandoned",
  async (db, args: AbandonedArguments): Promise<number> => {
    const open = db
      .selectFrom("runs")
      .innerJoin("messages", "messages.id", "runs.message_id")
      .select(["runs.id", "runs.fence", "messages.text", "messages.reasoning", "messages.reasoning_ms"])
      .where("runs.ended_at", "is", null)
      .$if(args.alone, (query) => query.where("runs.owner_node", "!=", args.node))
      .$if(!args.alone, (query) => query.where("runs.lease_until", "<", args.now))
      .$if(args.except.length > 0, (query) => query.where("runs.id", "not in", args.except));
    const rows = await open.limit(args.limit).execute();
    for (const row of rows) {
      const ending = { status: "interrupted" as const, ended_at: args.now, fence: row.fence + 1 };
      await endRun(db, row.id, await saidSoFar(db, row, row.id), ending);
    }
    return rows.length;
  },
);

export const runCommands: AnyCommand[] = [readRun, appendRunEvents, renewLeases, settleRun, interruptAbandonedRuns];
