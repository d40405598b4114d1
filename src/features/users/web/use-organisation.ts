import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call } from "../../../ui/call.ts";
import { renameOrganisation } from "../organisation-contract.ts";
import { serverStateQuery } from "./use-me.ts";

/** Empty while the organisation has no name, and until it is known. */
export function useKnownOrganisation(): string {
  return useQuery(serverStateQuery).data?.organisation ?? "";
}

export function useRenameOrganisation() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => call(renameOrganisation, { body: { name } }),
    onSuccess: ({ name: organisation }) =>
      client.setQueryData(serverStateQuery.queryKey, (state) => state && { ...state, organisation }),
  });
}
