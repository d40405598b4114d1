import { queryOptions, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { BodyOf } from "../../../contract/endpoint.ts";
import { call } from "../../../ui/call.ts";
import {
  changePerson,
  createInvitation,
  createResetLink,
  getPerson,
  listInvitations,
  listPeople,
  type Person,
  type RemovedChats,
  removePerson,
  removeSecondFactors,
  restorePerson,
  withdrawInvitation,
} from "../people-contract.ts";

const peopleKey = ["people"] as const;
const invitationsKey = ["invitations"] as const;
const itemsPerPage = 50;

export function usePeople(search: string) {
  return useInfiniteQuery({
    queryKey: [...peopleKey, "list", search],
    queryFn: ({ pageParam, signal }) =>
      call(listPeople, { query: { search, cursor: pageParam, limit: itemsPerPage }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    // The list stays while one types.
    placeholderData: (before) => before,
  });
}

const personQuery = (userId: string) =>
  queryOptions({
    queryKey: [...peopleKey, "one", userId],
    queryFn: ({ signal }) => call(getPerson, { params: { userId }, signal }),
  });

export function usePerson(userId: string) {
  return useQuery(personQuery(userId));
}

/** Shows what the server answered, and reads the lists again. */
function useShowPerson() {
  const client = useQueryClient();
  return async (person: Person | null) => {
    if (person !== null) client.setQueryData(personQuery(person.id).queryKey, person);
    await client.invalidateQueries({ queryKey: peopleKey });
  };
}

export function useChangePerson(userId: string) {
  const show = useShowPerson();
  return useMutation({
    mutationFn: (body: BodyOf<typeof changePerson>) => call(changePerson, { params: { userId }, body }),
    onSuccess: show,
  });
}

export function useRemovePerson(userId: string) {
  const show = useShowPerson();
  return useMutation({
    mutationFn: (chats: RemovedChats) => call(removePerson, { params: { userId }, body: { chats } }),
    onSuccess: () => show(null),
  });
}

export function useRemoveSecondFactors(userId: string) {
  const show = useShowPerson();
  return useMutation({
    mutationFn: () => call(removeSecondFactors, { params: { userId } }),
    onSuccess: () => show(null),
  });
}

export function useRestorePerson(userId: string) {
  const show = useShowPerson();
  return useMutation({ mutationFn: () => call(restorePerson, { params: { userId } }), onSuccess: show });
}

export function useCreateResetLink(userId: string) {
  // The link leaves the page's memory with what shows it.
  return useMutation({ mutationFn: () => call(createResetLink, { params: { userId } }), gcTime: 0 });
}

export function useInvitations() {
  return useInfiniteQuery({
    queryKey: invitationsKey,
    queryFn: ({ pageParam, signal }) =>
      call(listInvitations, { query: { cursor: pageParam, limit: itemsPerPage }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
}

export function useCreateInvitation() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: BodyOf<typeof createInvitation>) => call(createInvitation, { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: invitationsKey }),
    gcTime: 0,
  });
}

export function useWithdrawInvitation() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (invitationId: string) => call(withdrawInvitation, { params: { invitationId } }),
    onSettled: () => client.invalidateQueries({ queryKey: invitationsKey }),
  });
}
