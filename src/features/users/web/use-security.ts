// One's own ways in, as the settings show them.
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { call } from "../../../ui/call.ts";
import * as contract from "../sign-in-contract.ts";

export const secondFactorQuery = queryOptions({
  queryKey: ["security", "second-factor"],
  queryFn: ({ signal }) => call(contract.getSecondFactor, { signal }),
});

export const passkeysQuery = queryOptions({
  queryKey: ["security", "passkeys"],
  queryFn: ({ signal }) => call(contract.listPasskeys, { signal }),
});

export const sessionsQuery = queryOptions({
  queryKey: ["security", "sessions"],
  queryFn: ({ signal }) => call(contract.listSessions, { signal }),
});

/** Whatever changes a way in may change the others' state: all are read again. Secrets leave memory with their form. */
export function useSecurityChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: ["security"] }),
    gcTime: 0,
  });
}
