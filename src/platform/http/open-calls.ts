// Every call that is being answered, by the person and the credential that opened it, so that it ends when they do: a
// lookup at the start of a call says nothing about the minutes for which a stream then stays open.
import { AppError } from "../errors.ts";
import type { Principal } from "./principal.ts";

export interface OpenCalls {
  /** To be asked for before the credential is looked up: what ends while that goes on is not missed. */
  opening(): Opening;
  /** Aborts every open call of these people, sessions and keys. To be told after the commit that ended them. */
  end(ids: readonly string[]): void;
}

export interface Opening {
  /** From now on `onEnd` is called, once, with what to tell the client, as soon as the credential ends. */
  admit(principal: Principal, onEnd: (reason: AppError) => void): void;
  close(): void;
}

interface Call {
  /** Until the credential is known: all that ended meanwhile. */
  readonly endedMeanwhile: Set<string>;
  admitted?: { readonly principal: Principal; readonly onEnd: (reason: AppError) => void };
}

export function createOpenCalls(): OpenCalls {
  const calls = new Set<Call>();

  function endIfOneOf(call: Call, ids: ReadonlySet<string>): void {
    const { admitted } = call;
    if (admitted && (ids.has(admitted.principal.userId) || ids.has(admitted.principal.credentialId))) {
      calls.delete(call);
      admitted.onEnd(new AppError(admitted.principal.via === "session" ? "not_signed_in" : "invalid_api_key"));
    }
  }

  return {
    opening() {
      const call: Call = { endedMeanwhile: new Set() };
      calls.add(call);
      return {
        admit(principal, onEnd) {
          call.admitted = { principal, onEnd };
          endIfOneOf(call, call.endedMeanwhile);
          call.endedMeanwhile.clear();
        },
        close: () => void calls.delete(call),
      };
    },
    end(ids) {
      const ended = new Set(ids);
      for (const call of calls) {
        if (call.admitted) {
          endIfOneOf(call, ended);
        } else {
          ids.forEach((id) => call.endedMeanwhile.add(id));
        }
      }
    },
  };
}
