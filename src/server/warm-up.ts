// Loads the model that answers by default, so that the first question does not wait. A failure only makes it wait.
import { chooseDefaultModel } from "../features/models/server/models.ts";
import type { LocalEngine } from "../inference/local/local-engine-options.ts";
import type { ModelDescription } from "../inference/model-call.ts";
import { AppError } from "../platform/errors.ts";
import type { Logger } from "../platform/logger.ts";

export interface WarmUp {
  /** The model that is being loaded; null when there is none. */
  readonly model: Promise<ModelDescription | null>;
  /** Null once it is ready, or why it is not. */
  readonly failure: Promise<AppError | null>;
}

export function warmUp(engine: LocalEngine, logger: Logger): WarmUp {
  const model = engine.listModels().then(
    (models) => chooseDefaultModel(models) ?? null,
    (error: unknown) => {
      logger.error({ event: "models-not-listed", err: error });
      return null;
    },
  );
  return { model, failure: model.then((chosen) => load(engine, logger, chosen)) };
}

async function load(engine: LocalEngine, logger: Logger, model: ModelDescription | null): Promise<AppError | null> {
  if (!model) {
    logger.warn({ event: "no-model" });
    return new AppError("no_model");
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
