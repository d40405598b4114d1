import type { Model } from "../contract.ts";

export interface ModelActions {
  load(model: Model): void;
  makeDefault(model: Model): void;
  stopUsing(model: Model, placeId: string): void;
  remove(model: Model): void;
}

/** The one that helps most now; what else can be done is in the menu. */
export function rowAction({ state, memory, isDefault }: Model): "load" | "make-default" | null {
  if (state.status === "unavailable" || memory?.fits === false) return null;
  if (state.status === "idle" && memory !== null) return "load";
  return isDefault ? null : "make-default";
}
