// The engines' own numbers, with names of models and people in place of ids.
import type { EngineCall } from "../../../inference/local/engine-process-requests.ts";
import type { LoadedModel, LocalEngine } from "../../../inference/local/local-engine-options.ts";
import type { ModelCaller } from "../../../inference/model-call.ts";
import type { Clock } from "../../../platform/clock.ts";
import type { Database } from "../../../platform/database/command.ts";
import { readNames } from "../../users/server/users.ts";
import type { EngineReport } from "../contract.ts";

export interface EnginesParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly caller: Pick<ModelCaller, "listModels">;
  readonly engine: Pick<LocalEngine, "loadedModels">;
}

export async function listEngines(
  { db, clock, caller, engine }: EnginesParts,
  organisationId: string,
): Promise<EngineReport[]> {
  const loaded = engine.loadedModels();
  if (loaded.length === 0) {
    return [];
  }
  const people = loaded.flatMap(({ calls }) => calls.map(({ userId }) => userId));
  const [models, names] = await Promise.all([caller.listModels(), readNames(db, organisationId, people)]);
  return loaded.map((each) => ({
    modelId: each.modelId,
    modelName: models.find(({ id }) => id === each.modelId)?.name ?? each.modelId,
    ...callsOf(each.calls, names, clock()),
    tokensPerSecond: each.tokensPerSecond,
    memory: memoryOf(each),
    prompts: each.stats && { computedTokens: each.stats.promptTokens, cachedTokens: each.stats.cachedTokens },
  }));
}

function callsOf(
  calls: readonly EngineCall[],
  names: ReadonlyMap<string, string>,
  now: number,
): Pick<EngineReport, "running" | "waiting"> {
  const who = ({ userId, lane }: EngineCall) => ({
    person: names.get(userId) ?? null,
    by: lane === "interactive" ? ("person" as const) : ("program" as const),
  });
  const running = calls.flatMap((call) =>
    call.started === null
      ? []
      : [
          {
            ...who(call),
            ms: now - call.started.at,
            promptTokens: call.started.promptTokens,
            cachedTokens: call.started.cachedTokens,
            answerTokens: call.started.answerTokens,
          },
        ],
  );
  const waiting = calls
    .filter(({ started }) => started === null)
    .map((call) => ({
      ...who(call),
      ms: now - call.askedAt,
      position: call.queue?.position ?? null,
      estimatedMs: call.queue?.estimatedMs ?? null,
    }));
  return {
    running: running.toSorted((one, other) => other.ms - one.ms),
    waiting: waiting.toSorted((one, other) => (one.position ?? Infinity) - (other.position ?? Infinity)),
  };
}

function memoryOf({ plannedBytes, contexts, stats }: LoadedModel): EngineReport["memory"] {
  return {
    plannedBytes,
    usedBytes: stats?.residentBytes ?? null,
    contexts: contexts.map(({ sequences, tokensPerSequence: tokens, residency }) => ({
      sequences,
      tokens,
      isOnDemand: residency === "on-demand",
    })),
  };
}
