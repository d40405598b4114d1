import fc from "fast-check";
import { expect, test } from "vitest";
import { createEventParser } from "./event-stream.ts";

const stream =
  ': ping\n\nid: 5\ndata: {"a":1}\n\ndata: one\ndata:two\r\n\r\nevent: x\ndata: বাংলা\n\nid: 9\n\ndata: unfinished';
const events = [
  { id: "5", data: '{"a":1}' },
  { id: "5", data: "one\ntwo" },
  { id: "5", data: "বাংলা" },
];

test("events are read whole wherever the bytes are cut", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (sizes) => {
      const parse = createEventParser();
      const found = [];
      for (let from = 0, step = 0; from < stream.length; step += 1) {
        const size = sizes[step % sizes.length] ?? 1;
        found.push(...parse(stream.slice(from, from + size)));
        from += size;
      }
      expect(found).toEqual(events);
    }),
  );
});
