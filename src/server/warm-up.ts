import { chooseDefaultModel } from "../features/models/server/models.ts";
import type { LocalEngine } from "../inference/local/local-engine-options.ts";
import { AppError } from "../platform/errors.ts";
import type { Logger } from "../platform/logger.ts";

/** Loads the model that answers by default, so that the first question does not wait; a failure only makes it wait. */
export async function warmUp(engine: LocalEngine, logger: Logger): Promise<void> {
  try {
    const model = chooseDefaultModel(await engine.listModels());
    if (model) {
      await engine.load(model.id);
      logger.info({ event: "model-ready", model: model.id });
    } else {
      logger.warn({ event: "no-model" });
    }
  } catch (error) {
    const isExpected = error instanceof AppError;
    logger[isExpected ? "warn" : "error"]({ event: "model-not-loaded", ...(isExpected ? { code: error.code, reason: error.message } : { err: error }) });
  }
}
