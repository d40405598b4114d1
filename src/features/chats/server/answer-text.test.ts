import fc from "fast-check";
import { expect, test } from "vitest";
import { createAnswerText } from "./answer-text.ts";

test("a growing text reads from any position like the whole text would", () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string({ maxLength: 5 })), fc.nat(60), (start, pieces, position) => {
      const answer = createAnswerText(start);
      pieces.forEach((piece) => answer.append(piece));
      const whole = start + pieces.join("");
      expect(answer.length).toBe(whole.length);
      expect(answer.from(position)).toBe(whole.slice(position));
    }),
  );
});
