// Who gets the next free sequence: the rule of planBatch for prompts, over requests that wait. Pure. A request is charged its
// prompt and the answer that is expected of it. Who has as many answers running as one user may comes after everybody else,
// and only then: no sequence stays free while anybody waits. Who has none running does not wait for those: one of them
// is paused.
import { afterTurn, nextInTurn, type Owed, withoutSettled } from "./fair-turns.ts";
import { agedRank, ofBestLane, type Ranked } from "./plan-batch.ts";

export interface WaitingRequest extends Ranked {
  readonly requestId: string;
  /** Of its prompt and the expected answer. */
  readonly tokens: number;
}

/** An answer that is being written. */
export interface RunningAnswer extends Ranked {
  readonly requestId: string;
  /** Tokens in its sequence: what is lost if it makes room. */
  readonly computedTokens: number;
}

export interface AdmissionState {
  readonly nowMs: number;
  readonly running: readonly RunningAnswer[];
  /** Answers that one user has at a time while others wait. */
  readonly userSequences: number;
  readonly owed: Owed<string>;
}

export interface Admitted<Request> {
  readonly request: Request;
  readonly owed: Owed<string>;
}

/** Null only if nobody waits. */
export function nextAdmitted<Request extends WaitingRequest>(
  waiting: readonly Request[],
  { nowMs, running, userSequences, owed }: AdmissionState,
): Admitted<Request> | null {
  const below = waiting.filter(({ userId }) => countOf(running, userId) < userSequences);
  const rivals = ofBestLane(below.length > 0 ? below : waiting, nowMs);
  const users = Map.groupBy(rivals, ({ userId }) => userId);
  const contenders = [...users].map(([key, ofUser]) => {
    const request = ofUser[0] as Request;
    return { key, weight: request.weight, tokens: request.tokens, request };
  });
  const isWaiting = (userId: string) => waiting.some((request) => request.userId === userId);
  const before = withoutSettled(owed, isWaiting);
  const next = nextInTurn(contenders, before);
  if (next === null) return null;
  return { request: next.request, owed: afterTurn(before, contenders, next.key, next.tokens) };
}

/** All that wait, in the order in which they are admitted if nothing else happens. */
export function admissionOrder<Request extends WaitingRequest>(
  waiting: readonly Request[],
  state: AdmissionState,
): readonly Request[] {
  const order: Request[] = [];
  const running = [...state.running];
  let [left, owed] = [waiting, state.owed];
  for (;;) {
    const next = nextAdmitted(left, { ...state, running, owed });
    if (next === null) return order;
    const { request } = next;
    order.push(request);
    owed = next.owed;
    running.push({ ...request, computedTokens: 0 });
    left = left.filter((one) => one !== request);
  }
}

export interface MadeRoom<Request> extends Admitted<Request> {
  /** Id of the answer that makes room. */
  readonly paused: string;
}

/**
 * While no sequence is free: whoever has no answer running gets the place of one of a worse lane, or of one that its user
 * has beyond what one may have. Of those the one that loses least. Null if nobody has to make room.
 */
export function nextNewcomer<Request extends WaitingRequest>(
  waiting: readonly Request[],
  state: AdmissionState,
): MadeRoom<Request> | null {
  const { nowMs, running, userSequences } = state;
  const newcomers = waiting.filter(({ userId }) => countOf(running, userId) === 0);
  const next = nextAdmitted(newcomers, state);
  if (next === null) return null;
  const rank = agedRank(next.request, nowMs);
  const beyond = ({ userId }: Ranked) => Math.max(0, countOf(running, userId) - userSequences);
  const yields = (answer: RunningAnswer) => {
    const own = agedRank(answer, nowMs);
    return own > rank || (own === rank && beyond(answer) > 0);
  };
  const [paused] = running
    .filter(yields)
    .toSorted(
      (one, other) =>
        agedRank(other, nowMs) - agedRank(one, nowMs) ||
        beyond(other) - beyond(one) ||
        one.computedTokens - other.computedTokens,
    );
  return paused === undefined ? null : { ...next, paused: paused.requestId };
}

function countOf(running: readonly Ranked[], userId: string): number {
  return running.filter((answer) => answer.userId === userId).length;
}
