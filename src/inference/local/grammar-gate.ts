// Where in an answer its grammar begins: keeps the text that has come until the place is reached. What is read here must
// agree with what parts the answer afterwards (split-reasoning.ts, read-tool-calls.ts).
import { createMarkFinder } from "../reasoning/find-mark.ts";
import type { GrammarStart } from "./worker-protocol.ts";

export interface GrammarGate {
  /**
   * What the answer's next text would do: leave the gate closed, open it with its last sign, or go on behind it, which
   * would be text that no grammar has seen.
   */
  look(text: string): "closed" | "opens" | "goes-on";
  pass(text: string): void;
}

interface Place {
  readonly stage: "begin" | "thinking" | "marks" | "open";
  readonly held: string;
}

export function createGrammarGate({ thinking, marks, isNeeded }: GrammarStart): GrammarGate {
  const finder = createMarkFinder(marks, { codeIsText: !isNeeded, quotedIsText: !isNeeded });
  const behindThinking = marks.length === 0 ? "open" : "marks";
  let place: Place = { stage: thinking === null ? behindThinking : thinking.isOpen ? "thinking" : "begin", held: "" };

  const advance = (from: Place): Place => {
    const { stage, held } = from;
    if (stage === "begin") {
      const { open } = thinking as NonNullable<typeof thinking>;
      const begun = held.trimStart();
      if (begun.startsWith(open)) return advance({ stage: "thinking", held: begun.slice(open.length) });
      return open.startsWith(begun) ? from : advance({ stage: behindThinking, held });
    }
    if (stage === "thinking") {
      const { close } = thinking as NonNullable<typeof thinking>;
      const at = held.indexOf(close);
      if (at < 0) return { stage, held: held.slice(-close.length) };
      return advance({ stage: behindThinking, held: held.slice(at + close.length) });
    }
    if (stage === "marks") {
      const { at, mark } = finder.find(held, false);
      return mark === null ? from : { stage: "open", held: held.slice(at + mark.length) };
    }
    return from;
  };

  return {
    look(text) {
      const next = advance({ ...place, held: place.held + text });
      if (next.stage !== "open") return "closed";
      // Blanks behind a mark are nobody's.
      return next.held.trim() === "" ? "opens" : "goes-on";
    },
    pass(text) {
      place = advance({ ...place, held: place.held + text });
      if (place.stage !== "marks") return;
      const { at } = finder.find(place.held, false);
      finder.pass(place.held.slice(0, at));
      place = { ...place, held: place.held.slice(at) };
    },
  };
}
