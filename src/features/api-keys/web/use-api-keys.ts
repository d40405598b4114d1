import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { call } from "../../../ui/call.ts";
import { createApiKey, listApiKeys, revokeApiKey } from "../contract.ts";

const apiKeysKey = ["api-keys"] as const;
const keysPerPage = 50;

export function useApiKeys() {
  return useInfiniteQuery({
    queryKey: apiKeysKey,
    queryFn: ({ pageParam, signal }) => call(listApiKeys, { query: { cursor: pageParam, limit: keysPerPage }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
}

export function useCreateApiKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => call(createApiKey, { body: { name } }),
    onSuccess: () => client.invalidateQueries({ queryKey: apiKeysKey }),
    // The secret leaves the page's memory with the form that shows it.
    gcTime: 0,
  });
}

export function useRevokeApiKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (apiKeyId: string) => call(revokeApiKey, { params: { apiKeyId } }),
    onSuccess: () => client.invalidateQueries({ queryKey: apiKeysKey }),
  });
}
