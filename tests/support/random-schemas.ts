// Random JSON schemas of the kind that is enforced, by seed: the same seed gives the same schemas.

export type Random = () => number;

export type Schema = Record<string, unknown>;

const formats = ["date", "time", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "uuid", "uri"];
const patterns = [
  "^[a-z]{2,5}$",
  "^(foo|bar)+$",
  "\\d{3}",
  "^\\w+@x\\.org$",
  '^[^\\s"]*$',
  "é|[あ-ん]{2}",
  "^a.c$",
  "^[A-Z]{3}-\\d{4}$",
];
const names = ["a", "ab", "name", "größe", "নাম", 'q"uote', "x/y", "1"];

export function randomSchema(random: Random): Schema {
  const pick = <Each>(list: readonly Each[]): Each => list[Math.floor(random() * list.length)] as Each;
  const upTo = (most: number) => Math.floor(random() * (most + 1));
  const maybe = (fields: () => Schema): Schema => (random() < 0.5 ? fields() : {});

  const makers: ((depth: number) => Schema)[] = [
    () => ({ type: pick(["null", "boolean", "integer", "number", "string"]) }),
    () => ({ enum: [1, "two", null, { three: [3] }, 'q"\n', -0.5].slice(upTo(4)) }),
    () => ({ const: pick(["x", 0, true, ["é"]]) }),
    () => {
      const least = upTo(4);
      return { type: "string", minLength: least, ...maybe(() => ({ maxLength: least + upTo(300) })) };
    },
    () => ({ type: "string", pattern: pick(patterns), ...maybe(() => ({ maxLength: 20 + upTo(20) })) }),
    () => ({ type: "string", format: pick(formats) }),
    () => {
      const least = Math.round((random() - 0.5) * 10 ** upTo(6));
      return { type: "integer", minimum: least, ...maybe(() => ({ maximum: least + 30 + upTo(5_000) })) };
    },
    () => {
      const least = Number(((random() - 0.5) * 10 ** upTo(5)).toFixed(upTo(4)));
      return { type: "number", exclusiveMinimum: least, maximum: Number((least + random() * 50 + 0.1).toFixed(3)) };
    },
    () => ({ type: "integer", multipleOf: 1 + upTo(12), minimum: -100, maximum: 400 }),
    (depth) => {
      const least = upTo(2);
      return {
        type: "array",
        items: make(depth + 1),
        minItems: least,
        ...maybe(() => ({ maxItems: least + upTo(4) })),
        ...maybe(() => ({ prefixItems: [make(depth + 1)] })),
      };
    },
    (depth) => {
      const some = names.filter(() => random() < 0.4);
      return {
        type: "object",
        properties: Object.fromEntries(some.map((name) => [name, make(depth + 1)])),
        required: some.filter(() => random() < 0.5),
        ...maybe(() => ({ additionalProperties: pick([false, true, make(depth + 1)]) })),
      };
    },
    (depth) => ({ anyOf: [make(depth + 1), make(depth + 1)] }),
    (depth) => ({
      allOf: [
        { type: "object", properties: { a: make(depth + 1) }, required: ["a"] },
        { properties: { b: make(depth + 1), a: true } },
      ],
    }),
    () => ({ oneOf: [{ type: "string", maxLength: 9 }, { type: "integer" }, { type: "null" }] }),
    () => ({ anyOf: [{ type: "null" }, { $ref: "#/$defs/tree" }] }),
  ];
  const leaves = makers.slice(0, 9);
  const make = (depth: number): Schema => pick(depth >= 3 ? leaves : makers)(depth);

  const tree = {
    type: "object",
    properties: { value: make(2), next: { anyOf: [{ type: "null" }, { $ref: "#/$defs/tree" }] } },
    required: ["value", "next"],
    additionalProperties: false,
  };
  return { ...make(0), $defs: { tree } };
}
