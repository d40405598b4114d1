import { useQuery } from "@tanstack/react-query";
import { isOffline } from "../../../ui/server-problem.ts";

/** What a link that somebody holds leads to. Not looked at again by itself: what is typed into its form must not go. */
export function useLinkLook<Seen>(kind: string, token: string, look: (signal: AbortSignal) => Promise<Seen>) {
  return useQuery({
    queryKey: [kind, token],
    queryFn: ({ signal }) => look(signal),
    enabled: token !== "",
    retry: (count, problem) => isOffline(problem) && count < 3,
    staleTime: Infinity,
  });
}
