import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call } from "../../../ui/call.ts";
import { discardUpload, listUploads } from "../uploads-contract.ts";
import { modelsQuery } from "./use-models.ts";

/** Below the models' key: a finished upload is a model. */
const uploadsQuery = queryOptions({
  queryKey: [...modelsQuery.queryKey, "uploads"],
  queryFn: ({ signal }) => call(listUploads, { signal }),
  staleTime: 5_000,
});

export function useUploads() {
  return useQuery(uploadsQuery);
}

export function useDiscardUpload() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (uploadId: string) => call(discardUpload, { params: { uploadId } }),
    onSettled: () => client.invalidateQueries({ queryKey: uploadsQuery.queryKey }),
  });
}
