// Saves three states, the second in place of the first, in a process that is killed at one of the things it does to the
// disk; started by state-kills.test.ts. Killed at none, it says how many there are.
import { killedAtItsTurn } from "../../../tests/support/killed-at-its-turn.ts";

const [folder = "", killAt = "-1"] = process.argv.slice(2);
const turns = await killedAtItsTurn(Number(killAt));
const { createStateStore } = await import("./state-store.ts");
const { makeStateName } = await import("./state-name.ts");
const key = Buffer.alloc(32, 3);
const store = createStateStore({ folder, model: "model", key, maxBytes: 100_000_000, freeBytesOf: () => 1e12 });
const tags = { owner: "0".repeat(16), conversation: "1".repeat(16) };
let before: string[] = [];
turns.begin();
for (const [index, tokens] of [[1], [1, 2], [9]].entries()) {
  const name = makeStateName({ ...tags, computedMs: index });
  const data = new Uint8Array(3_000_000).fill(index);
  const header = {
    name,
    model: "model",
    scope: "ana",
    layout: 8,
    tokens: Int32Array.from(tokens),
    dataBytes: data.length,
  };
  store.write({ header, data }, before);
  before = index === 0 ? [name] : [];
}
process.stdout.write(String(turns.done));
