// Loads the model that answers by default, so that the first question does not wait. A failure only makes it wait.
import { getDefaultModel } from "../features/models/server/default-model.ts";
import type { LocalEngine } from "../inference/local/local-engine-options.ts";
import type { ModelCaller, ModelDescription } from "../inference/model-call.ts";
import type { Database } from "../platform/database/command.ts";
import { AppError } from "../platform/errors.ts";
import type { Logger } from "../platform/logger.ts";

export interface WarmUp {
  /** The model that is being loaded; null when there is none. */
  readonly model: Promise<ModelDescription | null>;
  /** Null once it is ready, or why it is not. */
  readonly failure: Promise<AppError | null>;
}

export interface WarmUpParts {
  readonly db: Database;
  readonly caller: ModelCaller;
  readonly engine: Pick<LocalEngine, "load">;
  readonly organisationId: string;
  readonly logger: Logger;
}

export function warmUp({ db, caller, engine, organisationId, logger }: WarmUpParts): WarmUp {
  const model = getDefaultModel({ db, caller }, organisationId).then(
    (chosen) => {
      if (chosen.missing !== null) logger.warn({ event: "default-model-missing", model: chosen.missing });
      return chosen.model ?? null;
    },
    (error: unknown) => {
      logger.error({ event: "models-not-listed", err: error });
      return null;
    },
  );
  return { model, failure: model.then((chosen) => load(engine, logger, chosen)) };
}

async function load(
  engine: WarmUpParts["engine"],
  logger: Logger,
  model: ModelDescription | null,
): Promise<AppError | null> {
  if (!model) {
    logger.warn({ event: "no-model" });
    return new AppError("no_model");
  }
  if (model.origin.kind !== "here") {
    return null;
  }
  try {
    await engine.load(model.id);
    logger.info({ event: "model-ready", model: model.id });
    return null;
  } catch (error) {
    if (error instanceof AppError) {
      logger.warn({ event: "model-not-loaded", model: model.id, code: error.code, reason: error.message });
      return error;
    }
    logger.error({ event: "model-not-loaded", model: model.id, err: error });
    return new AppError("internal_error", {}, { cause: error });
  }
}
