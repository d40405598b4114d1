import { createContext, type ReactNode, useContext, useState } from "react";
import { createPendingSends, type PendingSends } from "./pending-send.ts";

const PendingSendsContext = createContext<PendingSends | null>(null);

export function PendingSendsProvider({ children }: { children: ReactNode }) {
  const [pendingSends] = useState(createPendingSends);
  return <PendingSendsContext value={pendingSends}>{children}</PendingSendsContext>;
}

export function usePendingSends(): PendingSends {
  const pendingSends = useContext(PendingSendsContext);
  if (pendingSends === null) throw new Error("PendingSendsProvider is missing above this component.");
  return pendingSends;
}
