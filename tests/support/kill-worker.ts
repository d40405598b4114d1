// Who works at a server that is killed: what they have, and how they take an answer.
import type { Acknowledgements } from "./acknowledgements.ts";
import type { FakeProvider } from "./fake-provider.ts";

export interface Worker {
  /** Changes what all share: the profile, the password and what an admin sets. */
  readonly isFirst: boolean;
  readonly random: () => number;
  readonly acknowledgements: Acknowledgements;
  readonly faults: string[];
  /** The service outside that providers lead to. */
  readonly outside: FakeProvider;
  readonly password: OwnPassword;
  /** What this worker alone changes. */
  readonly chats: string[];
  readonly keys: { readonly id: string; readonly name: string }[];
  readonly people: string[];
  readonly invitations: string[];
  readonly providers: string[];
}

/** `wished` while a change is under way: after a kill either may be the right one. */
export interface OwnPassword {
  known: string;
  wished: string | null;
}

/** A refusal is rightful (the answer before is still being written); a failure of the server is not. */
export function judge({ faults }: Worker, what: string, status: number): "acknowledged" | "refused" {
  if (status >= 500 && status !== 503) {
    faults.push(`${what} was answered with ${status}`);
  }
  return status < 300 ? "acknowledged" : "refused";
}

export function pick<Item>(items: readonly Item[], random: () => number): Item | undefined {
  return items[Math.floor(random() * items.length)];
}

export function take<Item>(items: Item[], random: () => number): Item | undefined {
  return items.splice(Math.floor(random() * items.length), 1)[0];
}
