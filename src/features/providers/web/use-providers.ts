import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { BodyOf } from "../../../contract/endpoint.ts";
import { call } from "../../../ui/call.ts";
import {
  addProvider,
  changeProvider,
  listProviders,
  removeProvider,
  restoreProvider,
  testProvider,
} from "../contract.ts";

const providersQuery = queryOptions({
  queryKey: ["providers"],
  queryFn: ({ signal }) => call(listProviders, { signal }),
});

export function useProviders() {
  return useQuery(providersQuery);
}

export function useTestProvider() {
  return useMutation({
    mutationFn: (body: BodyOf<typeof testProvider>) => call(testProvider, { body }),
    // The key leaves the page's memory with the form.
    gcTime: 0,
  });
}

export function useAddProvider() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: BodyOf<typeof addProvider>) => call(addProvider, { body }),
    onSuccess: refresh,
    gcTime: 0,
  });
}

export function useChangeProvider(providerId: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: BodyOf<typeof changeProvider>) => call(changeProvider, { params: { providerId }, body }),
    onSuccess: refresh,
    gcTime: 0,
  });
}

export function useRemoveProvider() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (providerId: string) => call(removeProvider, { params: { providerId } }),
    onSuccess: refresh,
  });
}

export function useRestoreProvider() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (providerId: string) => call(restoreProvider, { params: { providerId } }),
    onSuccess: refresh,
  });
}

/** What can be chosen changes with the services. Nobody waits for it: whoever asked is told at once. */
function useRefresh() {
  const client = useQueryClient();
  return () => {
    void client.invalidateQueries({ queryKey: providersQuery.queryKey });
    void client.invalidateQueries({ queryKey: ["models"] });
  };
}
