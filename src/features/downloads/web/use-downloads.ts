import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { call } from "../../../ui/call.ts";
import { modelsQuery } from "../../models/web/use-models.ts";
import {
  type Download,
  discardDownload,
  listCatalogue,
  listDownloads,
  pauseDownload,
  resumeDownload,
  startDownload,
} from "../contract.ts";

const pollWhileFetchingMs = 1000;
const pollMs = 15_000;

/** Below the models' key: what comes changes what is here. */
const catalogueQuery = queryOptions({
  queryKey: [...modelsQuery.queryKey, "catalogue"],
  queryFn: ({ signal }) => call(listCatalogue, { signal }),
  staleTime: 10_000,
});

const downloadsQuery = queryOptions({
  queryKey: ["downloads"],
  queryFn: ({ signal }) => call(listDownloads, { signal }),
  staleTime: 500,
  refetchInterval: (query) => (query.state.data?.items.some(isComing) === true ? pollWhileFetchingMs : pollMs),
});

export function useCatalogue() {
  return useQuery(catalogueQuery);
}

/** What has come is at once among the models. */
export function useDownloads() {
  const client = useQueryClient();
  const downloads = useQuery(downloadsQuery);
  const done = (downloads.data?.items ?? []).filter(({ state }) => state === "done").length;
  useEffect(() => {
    if (done > 0) void client.invalidateQueries({ queryKey: modelsQuery.queryKey });
  }, [client, done]);
  return downloads;
}

export function useStartDownload() {
  return useDownloadMutation((source: string) => call(startDownload, { body: { source } }));
}

export function usePauseDownload() {
  return useDownloadMutation((downloadId: string) => call(pauseDownload, { params: { downloadId } }));
}

export function useResumeDownload() {
  return useDownloadMutation((downloadId: string) => call(resumeDownload, { params: { downloadId } }));
}

/** Of one that is done: no longer lists it. */
export function useDiscardDownload() {
  return useDownloadMutation((downloadId: string) => call(discardDownload, { params: { downloadId } }));
}

function useDownloadMutation<Result>(mutationFn: (wish: string) => Promise<Result>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    onSettled: () => client.invalidateQueries({ queryKey: downloadsQuery.queryKey }),
  });
}

function isComing({ state }: Download): boolean {
  return state === "fetching" || state === "checking";
}
