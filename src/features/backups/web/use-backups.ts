import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call } from "../../../ui/call.ts";
import { type BackupsChange, type BackupSchedule, changeBackups, getBackups, startBackup } from "../contract.ts";

const whileRunningMs = 1000;
const otherwiseMs = 60_000;

const backupsQuery = queryOptions({ queryKey: ["backups"], queryFn: ({ signal }) => call(getBackups, { signal }) });

/** Follows one that runs, and now and then looks whether the night's has come. */
export function useBackups() {
  return useQuery({
    ...backupsQuery,
    refetchInterval: ({ state }) => (state.data?.running ? whileRunningMs : otherwiseMs),
  });
}

export function useChangeBackups() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: BackupsChange) => call(changeBackups, { body: change }),
    // A choice shows at once; a folder only when the server has tried it.
    onMutate: ({ schedule }) => {
      const before = client.getQueryData(backupsQuery.queryKey);
      if (before !== undefined && schedule !== undefined && schedule.folder === undefined) {
        client.setQueryData(backupsQuery.queryKey, { ...before, schedule: { ...before.schedule, ...given(schedule) } });
      }
      return before;
    },
    onError: (_problem, _change, before) => {
      client.setQueryData(backupsQuery.queryKey, before);
      void client.invalidateQueries(backupsQuery);
    },
    onSuccess: (state) => client.setQueryData(backupsQuery.queryKey, state),
    // A passphrase does not stay in the page's memory.
    gcTime: 0,
  });
}

export function useStartBackup() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => call(startBackup),
    onSuccess: (state) => client.setQueryData(backupsQuery.queryKey, state),
    // Another tab may have begun one: then its progress is what to show.
    onError: () => client.invalidateQueries(backupsQuery),
  });
}

function given(schedule: NonNullable<BackupsChange["schedule"]>): Partial<BackupSchedule> {
  return Object.fromEntries(Object.entries(schedule).filter(([, value]) => value !== undefined));
}
