import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call } from "../../../ui/call.ts";
import { getUpgradeState, listReleases, markUpgradeSeen } from "../contract.ts";

const upgradeQuery = queryOptions({
  queryKey: ["upgrades"],
  queryFn: ({ signal }) => call(getUpgradeState, { signal }),
  // Another version comes with another start, and the page is then loaded anew sooner or later.
  staleTime: 3_600_000,
});

/** For admins alone: the server answers nobody else. */
export function useUpgradeState({ enabled = true }: { enabled?: boolean } = {}) {
  return useQuery({ ...upgradeQuery, enabled });
}

export function useReleases() {
  return useQuery({ queryKey: ["upgrades", "releases"], queryFn: ({ signal }) => call(listReleases, { signal }) });
}

/** The notice goes at once. Where the server did not hear of it, it is there again with the next visit. */
export function useMarkUpgradeSeen() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (version: string) => call(markUpgradeSeen, { body: { version } }),
    onMutate: () =>
      client.setQueryData(
        upgradeQuery.queryKey,
        (state) => state && { ...state, last: state.last && { ...state.last, isSeen: true } },
      ),
  });
}
