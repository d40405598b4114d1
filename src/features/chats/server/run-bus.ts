// Tells followers that there is something new in a run, never what: they read that themselves, so a slow one holds
// nothing up and no queue grows. In this process for now; the same three functions fit LISTEN/NOTIFY.

export interface RunBus {
  publish(runId: string): void;
  /** Answers the function that ends the subscription. */
  subscribe(runId: string, wake: () => void): () => void;
  subscriberCount(): number;
}

export function createRunBus(): RunBus {
  const subscribers = new Map<string, Set<() => void>>();
  return {
    publish(runId) {
      for (const wake of subscribers.get(runId) ?? []) {
        wake();
      }
    },
    subscribe(runId, wake) {
      const wakes = subscribers.get(runId) ?? new Set();
      subscribers.set(runId, wakes.add(wake));
      return () => {
        wakes.delete(wake);
        if (wakes.size === 0 && subscribers.get(runId) === wakes) {
          subscribers.delete(runId);
        }
      };
    },
    subscriberCount: () => subscribers.values().reduce((sum, wakes) => sum + wakes.size, 0),
  };
}
