import { useQuery } from "@tanstack/react-query";
import { call } from "../../../ui/call.ts";
import { listEngines } from "../contract.ts";

/** The engines count each second; a page that is not looked at asks for nothing. */
const everyMs = 2000;

export function useEngines() {
  return useQuery({
    queryKey: ["engines"],
    queryFn: ({ signal }) => call(listEngines, { signal }),
    refetchInterval: everyMs,
  });
}
