// Who gets the next free sequence: the rule of planBatch for prompts, over requests that wait. Pure. A request is charged its
// prompt and the answer that is expected of it. Who has as many answers running as one user may comes after everybody else,
// and only then: no sequence stays free while anybody waits.
import { afterTurn, nextInTurn, type Owed, withoutSettled } from "./fair-turns.ts";
import { ofBestLane, type Ranked } from "./plan-batch.ts";

export interface WaitingRequest extends Ranked {
  readonly requestId: string;
  /** Of its prompt and the expected answer. */
  readonly tokens: number;
}

export interface AdmissionState {
  readonly nowMs: number;
  /** Answers of each user that are being written. */
  readonly running: ReadonlyMap<string, number>;
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
  const isBelowCap = ({ userId }: Ranked) => (running.get(userId) ?? 0) < userSequences;
  const below = waiting.filter(isBelowCap);
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
  const running = new Map(state.running);
  let [left, owed] = [waiting, state.owed];
  for (;;) {
    const next = nextAdmitted(left, { ...state, running, owed });
    if (next === null) return order;
    const { request } = next;
    order.push(request);
    owed = next.owed;
    running.set(request.userId, (running.get(request.userId) ?? 0) + 1);
    left = left.filter((one) => one !== request);
  }
}
