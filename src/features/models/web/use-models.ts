import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call } from "../../../ui/call.ts";
import { listModels, loadModel, type Model } from "../contract.ts";

const pollWhileChangingMs = 1000;
const pollMs = 15_000;

export const modelsQuery = queryOptions({
  queryKey: ["models"],
  queryFn: ({ signal }) => call(listModels, { signal }),
  staleTime: 10_000,
  refetchInterval: (query) => (query.state.data?.items.some(isChanging) === true ? pollWhileChangingMs : pollMs),
});

export function useModels() {
  return useQuery(modelsQuery);
}

export function useLoadModel() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (modelId: string) => call(loadModel, { params: { modelId } }),
    onSettled: () => client.invalidateQueries({ queryKey: modelsQuery.queryKey }),
  });
}

/** The model that answers when a chat names none, or names one that is gone. */
export function chosenModel(models: readonly Model[], modelId: string | null): Model | undefined {
  return models.find((model) => model.id === modelId) ?? models.find((model) => model.isDefault) ?? models[0];
}

function isChanging({ state }: Model): boolean {
  return state.status === "loading" || state.status === "crashed";
}
