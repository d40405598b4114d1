// The models of this machine and those outside, as one. What both have answers here: nothing leaves because of a name.
import type { ModelCaller } from "../model-call.ts";

export function joinCallers(here: ModelCaller, outside: ModelCaller): ModelCaller {
  return {
    async listModels() {
      const [ours, theirs] = await Promise.all([here.listModels(), outside.listModels()]);
      const known = new Set(ours.map(({ id }) => id));
      return [...ours, ...theirs.filter(({ id }) => !known.has(id))];
    },
    async *call(request) {
      const isHere = (await here.listModels()).some(({ id }) => id === request.model);
      yield* (isHere ? here : outside).call(request);
    },
  };
}
