// Entry of a thread that reads or writes saved states: sealing takes a core and a disk may take for ever, and neither may
// hold up the loop that computes. Messages are done one after the other.
import { parentPort, workerData } from "node:worker_threads";
import type { StateRequest, StateResult, StateThreadData } from "./start-state-thread.ts";
import { createStateStore } from "./state-store.ts";

const port = parentPort;
const store = createStateStore(workerData as StateThreadData);

function answer(request: StateRequest): StateResult {
  switch (request.type) {
    case "list":
      return { type: "listed", headers: store.list() };
    case "read":
      return { type: "read", state: store.read(request.name) };
    case "write":
      return {
        type: "written",
        isKept: store.write(request.state, request.replaced),
        // Goes back to whoever may use it from memory.
        data: request.state.data,
      };
  }
}

/** Handed over instead of copied: a state is as large as the conversation's part of the engine's memory. */
function handedOver(result: StateResult): readonly ArrayBuffer[] {
  if (result.type === "written") return [result.data.buffer];
  return result.type === "read" && result.state !== null ? [result.state.data.buffer] : [];
}

port?.on("message", ({ id, request }: { id: number; request: StateRequest }) => {
  const result = answer(request);
  port.postMessage({ id, result }, handedOver(result));
});
