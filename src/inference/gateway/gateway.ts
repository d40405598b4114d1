// What happens around every model call, wherever it comes from and wherever it goes, as steps in a fixed order. Each step
// is a function of the call; a new duty becomes a new step at its place here, never a second way around.
import type { ModelCaller, ModelCallRequest, ModelEvent } from "../model-call.ts";
import { chooseTarget } from "./choose-target.ts";
import { holdBack, type TextFilterFactory } from "./hold-back.ts";

export interface GatewayOptions {
  readonly caller: ModelCaller;
  /** In this order; empty means that text passes as it comes. */
  readonly textFilters?: readonly TextFilterFactory[];
}

export function createGateway({ caller, textFilters = [] }: GatewayOptions): ModelCaller {
  return {
    listModels: () => caller.listModels(),
    call: (request) => callInSteps(request, caller, textFilters),
  };
}

async function* callInSteps(
  request: ModelCallRequest,
  caller: ModelCaller,
  textFilters: readonly TextFilterFactory[],
): AsyncGenerator<ModelEvent, void, undefined> {
  const target: ModelCallRequest = { ...request, model: await chooseTarget(caller, request.model) };
  const filters = textFilters.map((createFilter) => createFilter(target));
  yield* holdBack(caller.call(target), filters);
}
