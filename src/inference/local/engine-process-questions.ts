// Questions to the engine's child that one event answers: what it says to each, and what a crash does to them.
import { AppError } from "../../platform/errors.ts";
import type { WorkerEvent } from "./worker-protocol.ts";

export interface EngineQuestions {
  /** Settles with the event that has this id; rejects with what it says of a failure. */
  add(requestId: string): Promise<WorkerEvent>;
  /** Whether the event was for one of them. */
  onWorkerEvent(event: WorkerEvent): boolean;
  failAll(error: AppError): void;
}

export function createEngineQuestions(): EngineQuestions {
  const asked = new Map<string, PromiseWithResolvers<WorkerEvent>>();
  return {
    add(requestId) {
      const question = Promise.withResolvers<WorkerEvent>();
      asked.set(requestId, question);
      return question.promise;
    },
    onWorkerEvent(event) {
      const question = "requestId" in event ? asked.get(event.requestId) : undefined;
      if (question === undefined || !("requestId" in event)) return false;
      asked.delete(event.requestId);
      if (event.type === "failed") question.reject(new AppError(event.code, event.details));
      else question.resolve(event);
      return true;
    },
    failAll(error) {
      for (const question of asked.values()) question.reject(error);
      asked.clear();
    },
  };
}
