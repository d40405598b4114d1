// Names of the files that hold saved states. They say nothing that people wrote, but enough to choose which to give up
// and which to delete with a conversation or its owner, without opening one.
import { randomBytes } from "node:crypto";

/** Opaque names of what a state is deleted with; 16 hex digits each. */
export interface StateTags {
  readonly owner: string;
  readonly conversation: string;
}

export interface StateName extends StateTags {
  /** What computing it took. */
  readonly computedMs: number;
}

const suffix = ".state";
/** Of a file that is being written. */
export const partialSuffix = ".partial";
const pattern = /^([0-9a-f]{16})-([0-9a-f]{16})-(\d{1,9})-[0-9a-f]{16}\.state$/;
const mostMs = 999_999_999;

/** A new one each time. */
export function makeStateName({ owner, conversation, computedMs }: StateName): string {
  const ms = Math.min(mostMs, Math.max(0, Math.round(computedMs)));
  return `${owner}-${conversation}-${ms}-${randomBytes(8).toString("hex")}${suffix}`;
}

/** Null for any other file. */
export function parseStateName(name: string): StateName | null {
  const [, owner, conversation, ms] = pattern.exec(name) ?? [];
  if (owner === undefined || conversation === undefined) return null;
  return { owner, conversation, computedMs: Number(ms) };
}

/** Whether the file goes with what this tag names. */
export function hasTag(name: string, tag: string): boolean {
  const parsed = parseStateName(name);
  return parsed !== null && (parsed.owner === tag || parsed.conversation === tag);
}
