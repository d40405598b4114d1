// What a call to a service outside needs to know of it.
import type { EgressTimeouts } from "../../platform/egress/egress.ts";

export interface ProviderAccess {
  /** As people read it. */
  readonly name: string;
  /** Without a slash at the end. */
  readonly baseUrl: string;
  /** Null where it wants none. */
  readonly key: string | null;
  /** Of the catalogue. */
  readonly preset: string;
}

/** A model that thinks before it speaks may be silent for minutes; whoever waits can stop it. */
export const providerTimeouts: EgressTimeouts = { connectMs: 15_000, firstByteMs: 300_000, idleMs: 300_000 };

export function providerHeaders({ key }: Pick<ProviderAccess, "key">): Record<string, string> {
  return {
    accept: "application/json, text/event-stream",
    // Compressed frames could not be passed on as they come.
    "accept-encoding": "identity",
    "content-type": "application/json",
    "user-agent": "shobar",
    ...(key === null ? {} : { authorization: `Bearer ${key}` }),
  };
}
