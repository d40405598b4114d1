import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call } from "../../../ui/call.ts";
import {
  addModelPlace,
  chooseDefaultModel,
  deleteModel,
  findModels,
  listModels,
  loadModel,
  type Model,
  removeModelPlace,
  restoreModelPlace,
} from "../contract.ts";

const pollWhileChangingMs = 1000;
const pollMs = 15_000;

export const modelsQuery = queryOptions({
  queryKey: ["models"],
  queryFn: ({ signal }) => call(listModels, { signal }),
  staleTime: 10_000,
  refetchInterval: (query) => (query.state.data?.items.some(isChanging) === true ? pollWhileChangingMs : pollMs),
});

/** Below the models' key: what changes the one changes the other. */
const foundQuery = queryOptions({
  queryKey: [...modelsQuery.queryKey, "found"],
  queryFn: ({ signal }) => call(findModels, { signal }),
  staleTime: 10_000,
});

export function useModels() {
  return useQuery(modelsQuery);
}

export function useFoundModels() {
  return useQuery(foundQuery);
}

export function useLoadModel() {
  return useModelMutation((modelId: string) => call(loadModel, { params: { modelId } }));
}

/** Null leaves it to the server's rule. */
export function useChooseDefault() {
  return useModelMutation((modelId: string | null) => call(chooseDefaultModel, { body: { modelId } }));
}

export function useAddPlace() {
  return useModelMutation((path: string) => call(addModelPlace, { body: { path } }));
}

export function useRemovePlace() {
  return useModelMutation((placeId: string) => call(removeModelPlace, { params: { placeId } }));
}

export function useRestorePlace() {
  return useModelMutation((placeId: string) => call(restoreModelPlace, { params: { placeId } }));
}

export function useDeleteModel() {
  return useModelMutation((modelId: string) => call(deleteModel, { params: { modelId } }));
}

function useModelMutation<Wish, Result>(mutationFn: (wish: Wish) => Promise<Result>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    onSettled: () => client.invalidateQueries({ queryKey: modelsQuery.queryKey }),
  });
}

/** The model that answers when a chat names none, or names one that is gone; never by itself one that is elsewhere. */
export function chosenModel(models: readonly Model[], modelId: string | null): Model | undefined {
  return (
    models.find((model) => model.id === modelId) ??
    models.find((model) => model.isDefault) ??
    models.find((model) => model.madeBy === "here")
  );
}

function isChanging({ state }: Model): boolean {
  return state.status === "loading" || state.status === "crashed";
}
