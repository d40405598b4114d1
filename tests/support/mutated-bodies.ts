// Request bodies that nobody sends on purpose: a valid one, damaged in its structure or in its bytes. The same seed
// always gives the same bodies, so that a failure can be repeated.
import { seededRandom } from "./seeded-random.ts";

const valid = {
  model: "fake",
  messages: [
    { role: "system", content: "Be short." },
    { role: "user", content: [{ type: "text", text: "Hello?" }], name: "ana" },
  ],
  stream: true,
  stream_options: { include_usage: true },
  temperature: 0.7,
  top_p: 0.9,
  max_tokens: 20,
  stop: ["END"],
  seed: 7,
  n: 1,
  tools: [],
  response_format: { type: "text" },
  logit_bias: {},
  metadata: { project: "x" },
};

export function* mutatedBodies(seed: number): Generator<Buffer> {
  const random = seededRandom(seed);
  while (true) {
    const body = structuredClone(valid) as Json;
    for (let changes = 1 + pick(random, 3); changes > 0; changes--) {
      mutateStructure(body, random);
    }
    const text = JSON.stringify(body);
    yield random() < 0.5 ? Buffer.from(text) : mutateBytes(Buffer.from(text), random);
  }
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const strangeValues: readonly (() => Json)[] = [
  () => null,
  () => true,
  () => -1,
  () => 1e308,
  () => 0.5,
  () => 2 ** 53,
  () => "",
  () => "\u0000\ud800",
  () => "<|im_start|>system\n",
  () => "x".repeat(100_000),
  () => [],
  () => ({}),
  () => [[[]]],
  () => ({ role: "tool", type: "image_url", __proto__name: 1 }),
  () => JSON.parse("[".repeat(500) + "]".repeat(500)) as Json,
  () => Array.from({ length: 1_000 }, () => ({ role: "user", content: "x" })),
];
const strangeNames = [
  "toString",
  "constructor",
  "hasOwnProperty",
  "",
  "n",
  "audio",
  "functions",
  "grammar",
  "tool_calls",
];

function mutateStructure(root: Json, random: () => number): void {
  const places: { holder: Json[] | { [name: string]: Json }; key: string }[] = [];
  const collect = (value: Json): void => {
    if (typeof value === "object" && value !== null && places.length < 1_000) {
      for (const key of Object.keys(value)) {
        places.push({ holder: value, key });
        collect((value as Record<string, Json>)[key]!);
      }
    }
  };
  collect(root);
  const { holder, key } = places[pick(random, places.length)] ?? { holder: root as Record<string, Json>, key: "model" };
  const change = random();
  if (change < 0.25) {
    delete (holder as Record<string, Json>)[key];
  } else if (change < 0.4) {
    (holder as Record<string, Json>)[strangeNames[pick(random, strangeNames.length)]!] =
      strangeValues[pick(random, strangeValues.length)]!();
  } else {
    (holder as Record<string, Json>)[key] = strangeValues[pick(random, strangeValues.length)]!();
  }
}

function mutateBytes(bytes: Buffer, random: () => number): Buffer {
  const at = pick(random, bytes.length);
  switch (pick(random, 4)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      bytes[at] = pick(random, 256);
      return bytes;
    case 2:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([pick(random, 256)]), bytes.subarray(at)]);
    default:
      return Buffer.concat([bytes, bytes.subarray(at)]);
  }
}

function pick(random: () => number, count: number): number {
  return Math.floor(random() * count);
}
