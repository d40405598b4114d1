import { expect, test } from "vitest";
import type { Run, RunEvent } from "../contract.ts";
import { followAnswer, type SaidSoFar } from "./follow-answer.ts";

const run = { status: "done" } as Run;
const end: Received = { id: null, event: { type: "run-end", run } };
type Received = { id: string | null; event: RunEvent };

function delta(text: string, length: number): Received {
  return { id: String(length), event: { type: "text-delta", text } };
}

/** Plays one list of events per connection; a string is a failure in the middle. */
async function follow(connections: readonly (readonly (Received | "lost" | "refused")[])[], start = "") {
  const asked: number[] = [];
  const seen: { texts: string[]; connected: boolean[]; end: string | null; refused: unknown } = {
    texts: [],
    connected: [],
    end: null,
    refused: null,
  };
  let turn = 0;
  const source = {
    async *open(after: SaidSoFar) {
      asked.push(after.text.length);
      for (const step of connections[turn++] ?? []) {
        if (typeof step === "string") throw new Error(step);
        yield step;
      }
    },
    isOffline: (problem: unknown) => (problem as Error).message === "lost",
    wait: async () => undefined,
  };
  await followAnswer(
    source,
    { text: start, reasoning: "", reasoningMs: 0 },
    {
      onText: ({ text }) => seen.texts.push(text),
      onWait: () => undefined,
      onConnection: (isConnected) => seen.connected.push(isConnected),
      onEnd: (_run, { text }) => (seen.end = text),
      onRefused: (problem) => (seen.refused = problem),
    },
    AbortSignal.timeout(5000),
  );
  return { asked, ...seen };
}

test("what was thought is apart from what is said, and both go on where they were cut", async () => {
  const thought = (text: string, id: string): Received => ({ id, event: { type: "reasoning-delta", text, ms: 900 } });
  const said: SaidSoFar[] = [];
  const asked: (readonly [number, number])[] = [];
  const connections = [
    [thought("Hm", "0-2"), "lost"],
    [thought(".", "0-3"), { ...delta("Yes", 0), id: "3-3" }, end],
  ];
  const source = {
    async *open({ text, reasoning }: SaidSoFar) {
      asked.push([text.length, reasoning.length]);
      for (const step of connections[asked.length - 1] ?? []) {
        if (typeof step === "string") throw new Error(step);
        yield step;
      }
    },
    isOffline: () => true,
    wait: async () => undefined,
  };
  const follower = {
    onText: () => undefined,
    onWait: () => undefined,
    onConnection: () => undefined,
    onEnd: (_run: Run, all: SaidSoFar) => void said.push(all),
    onRefused: () => undefined,
  };
  const start = { text: "", reasoning: "", reasoningMs: 0 };
  await followAnswer(source, start, follower, AbortSignal.timeout(5000));
  expect(asked).toEqual([
    [0, 0],
    [0, 2],
  ]);
  expect(said).toEqual([{ text: "Yes", reasoning: "Hm.", reasoningMs: 900 }]);
});

test("an answer goes on after a lost connection exactly where it was cut", async () => {
  const result = await follow([[delta("Hello", 5), "lost"], ["lost"], [delta(" you", 9), end]]);
  expect(result.asked).toEqual([0, 5, 5]);
  expect(result.end).toBe("Hello you");
  expect(result.connected).toContain(false);
});

test("a stream that ends in silence is opened again", async () => {
  expect((await follow([[delta("Hi", 2)], [end]])).end).toBe("Hi");
});

test("a page that was loaded in the middle asks only for the rest", async () => {
  const result = await follow([[delta(" you", 9), end]], "Hello");
  expect(result.asked).toEqual([5]);
  expect(result.end).toBe("Hello you");
});

test("when a piece is missing the text is read from its beginning, never shown with a gap", async () => {
  const result = await follow([
    [delta("Hello", 5), delta("late", 20)],
    [delta("Hello all you", 13), end],
  ]);
  expect(result.asked).toEqual([0, 0]);
  expect(result.texts).not.toContain("Hellolate");
  expect(result.end).toBe("Hello all you");
});

test("a refusal ends the following", async () => {
  const result = await follow([["refused"]]);
  expect((result.refused as Error).message).toBe("refused");
});
