// Answers in milliseconds whatever the engine does: nothing here waits for a model.
import { ownerExists } from "../features/users/server/users.ts";
import type { ModelCaller, ModelState } from "../inference/model-call.ts";
import type { Database } from "../platform/database/command.ts";
import type { Readiness } from "./health-contract.ts";

type EngineStatus = Readiness["engine"];

/** The liveliest model speaks for the engine. */
const order: readonly EngineStatus[] = ["busy", "ready", "loading", "crashed", "idle", "unavailable"];

const patienceMs = 500;

/** Looking through the model folders costs milliseconds; watchers that ask often get the last look. */
const lookAgainAfterMs = 500;

export interface ReadinessCheck {
  check(): Promise<Readiness>;
  stop(): void;
}

export function createReadiness(database: Database, model: Pick<ModelCaller, "listModels">): ReadinessCheck {
  let stopping = false;
  let lastLook = { at: -Infinity, status: Promise.resolve<EngineStatus>("unavailable") };

  function lookAtEngine(): Promise<EngineStatus> {
    if (performance.now() - lastLook.at > lookAgainAfterMs) {
      const status = model.listModels().then((models) => engineStatus(models.map((each) => each.state)));
      lastLook = { at: performance.now(), status };
    }
    return lastLook.status;
  }

  return {
    async check() {
      const [databaseAnswers, engine] = await Promise.all([
        within(
          patienceMs,
          ownerExists(database).then(() => true),
          false,
        ),
        within<EngineStatus>(patienceMs, lookAtEngine(), "unavailable"),
      ]);
      return {
        status: statusOf(stopping, databaseAnswers, engine),
        database: databaseAnswers ? "ready" : "unavailable",
        engine,
      };
    },
    stop() {
      stopping = true;
    },
  };
}

function statusOf(stopping: boolean, databaseAnswers: boolean, engine: EngineStatus): Readiness["status"] {
  if (stopping) {
    return "stopping";
  }
  if (!databaseAnswers) {
    return "unavailable";
  }
  return engine === "unavailable" || engine === "crashed" ? "degraded" : "ready";
}

function engineStatus(states: readonly ModelState[]): EngineStatus {
  return order.find((status) => states.some((state) => state.status === status)) ?? "unavailable";
}

async function within<Value>(ms: number, value: Promise<Value>, otherwise: Value): Promise<Value> {
  const { promise: late, resolve } = Promise.withResolvers<Value>();
  const timer = setTimeout(() => resolve(otherwise), ms);
  return Promise.race([value.catch(() => otherwise), late]).finally(() => clearTimeout(timer));
}
