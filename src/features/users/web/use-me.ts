import { queryOptions, useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import type { BodyOf } from "../../../contract/endpoint.ts";
import { call } from "../../../ui/call.ts";
import { useLanguage } from "../../../ui/i18n/language-provider.tsx";
import { applyTheme } from "../../../ui/theme-choice.ts";
import { getMe, getServerState, signOut, updateMe, type User } from "../contract.ts";

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => call(getMe, { signal }),
  staleTime: 300_000,
});

export const serverStateQuery = queryOptions({
  queryKey: ["server-state"],
  queryFn: ({ signal }) => call(getServerState, { signal }),
});

/** Who is signed in; only below the app's shell, which waits for it. */
export function useMe(): User {
  return useSuspenseQuery(meQuery).data;
}

type Change = BodyOf<typeof updateMe>;

/** Changes show at once and are taken back when the server refuses. */
export function useUpdateMe() {
  const client = useQueryClient();
  const { setLanguage } = useLanguage();
  const show = (user: User) => {
    client.setQueryData(meQuery.queryKey, user);
    applyTheme(user.theme);
    setLanguage(user.language);
  };
  return useMutation({
    mutationFn: (change: Change) => call(updateMe, { body: change }),
    onMutate: (change) => {
      const before = client.getQueryData(meQuery.queryKey);
      const { name, ...visible } = change;
      if (before !== undefined) show({ ...before, ...visible, name: name ?? before.name });
      return before;
    },
    onError: (_problem, _change, before) => before !== undefined && show(before),
    onSuccess: show,
  });
}

/** Nothing of the member stays in the page; drafts stay in this browser. */
export function useSignOut() {
  return useMutation({
    mutationFn: () => call(signOut),
    onSuccess: () => location.assign("/sign-in"),
  });
}
