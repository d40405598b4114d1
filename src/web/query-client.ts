import { focusManager, MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { isOffline, ServerProblem } from "../ui/server-problem.ts";

const offlineRetries = 4;

/** `onSignedOut` is called when any call but the first question "who am I" learns that the session has ended. */
export function createQueryClient(onSignedOut: () => void): QueryClient {
  const watch = (problem: unknown) => {
    if (problem instanceof ServerProblem && problem.code === "not_signed_in") onSignedOut();
  };
  focusManager.setEventListener(onTurnedTo);
  // A window beside another shows what was done in the other one without being turned to.
  const otherWindows = new BroadcastChannel("shobar.changes");
  const client = new QueryClient({
    queryCache: new QueryCache({ onError: (problem, query) => query.queryKey[0] !== "me" && watch(problem) }),
    mutationCache: new MutationCache({ onError: watch, onSuccess: () => otherWindows.postMessage("changed") }),
    defaultOptions: {
      // "online" would wait for ever on a machine without a network, where the server is on the same machine.
      queries: { networkMode: "always", retry: (count, problem) => isOffline(problem) && count < offlineRetries },
      mutations: { networkMode: "always" },
    },
  });
  otherWindows.addEventListener("message", () => void client.invalidateQueries());
  return client;
}

/** A window beside another is visible all the time: only its focus tells that a person turns to it. */
function onTurnedTo(tell: () => void): () => void {
  const listener = () => tell();
  addEventListener("visibilitychange", listener);
  addEventListener("focus", listener);
  return () => {
    removeEventListener("visibilitychange", listener);
    removeEventListener("focus", listener);
  };
}
