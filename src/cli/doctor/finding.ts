// What a check has found: how it is, and what to do where it is not well.

export interface Finding {
  readonly name: string;
  readonly state: "ok" | "warn" | "fail";
  readonly found: string;
  /** What to do; always there where the state is not ok. */
  readonly advice: string | null;
}

export const ok = (name: string, found: string): Finding => ({ name, state: "ok", found, advice: null });
export const warn = (name: string, found: string, advice: string): Finding => ({ name, state: "warn", found, advice });
export const fail = (name: string, found: string, advice: string): Finding => ({ name, state: "fail", found, advice });
