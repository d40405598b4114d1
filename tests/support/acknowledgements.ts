// What a server has acknowledged, thing by thing. A change whose answer never came may have happened or not; one that
// was acknowledged must be there, with its value, and one that was refused must not.

export interface Acknowledgements {
  /** Runs a change of one thing to a value (null: gone). Nobody else may change that thing meanwhile. */
  change(thing: string, value: unknown, act: () => Promise<"acknowledged" | "refused">): Promise<boolean>;
  /** A value that the answer itself has told. */
  note(thing: string, value: unknown): void;
  /** What was changed since it was last asked, and a few of the rest. */
  takeChanged(samples: number, random: () => number): string[];
  all(): string[];
  /** Null when what is there may be; otherwise what is wrong. From now on it is what must be there. */
  compare(thing: string, found: unknown): string | null;
  readonly acknowledged: number;
}

export function createAcknowledgements(): Acknowledgements {
  /** What may be found, as JSON; the last acknowledged value first. */
  const allowed = new Map<string, string[]>();
  const changed = new Set<string>();
  let acknowledged = 0;
  const known = (thing: string): string[] => allowed.get(thing) ?? ["null"];

  return {
    get acknowledged() {
      return acknowledged;
    },
    async change(thing, value, act) {
      const before = known(thing);
      const wanted = JSON.stringify(value);
      allowed.set(thing, [...before, wanted]);
      changed.add(thing);
      const end = await act();
      allowed.set(thing, end === "acknowledged" ? [wanted] : before);
      acknowledged += end === "acknowledged" ? 1 : 0;
      return end === "acknowledged";
    },
    note(thing, value) {
      allowed.set(thing, [JSON.stringify(value)]);
      changed.add(thing);
      acknowledged += 1;
    },
    takeChanged(samples, random) {
      const rest = [...allowed.keys()].filter((thing) => !changed.has(thing));
      const picked = Array.from({ length: Math.min(samples, rest.length) }, () => {
        return rest[Math.floor(random() * rest.length)]!;
      });
      const taken = new Set([...changed, ...picked]);
      changed.clear();
      return [...taken];
    },
    all: () => [...allowed.keys()],
    compare(thing, found) {
      const value = JSON.stringify(found);
      const wanted = known(thing);
      allowed.set(thing, [value]);
      return wanted.includes(value) ? null : `${thing} is ${value}, acknowledged was ${wanted.join(" or ")}`;
    },
  };
}
