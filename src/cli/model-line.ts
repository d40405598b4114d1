// The line of the start screen that says how the model is: written over on a terminal, a new line per status elsewhere.
import type { ModelState } from "../inference/model-call.ts";
import type { Output } from "./output.ts";

export interface ModelLine {
  /** `id` is null where there is no model. Nothing is shown after the last one. */
  show(id: string | null, state: ModelState | null, text: string, options?: { readonly isLast: boolean }): void;
  /** Says something above the line, which is written again. */
  note(value: unknown, text: string): void;
  end(): void;
}

const label = "  Model        ";
const clearLine = "\r\u001B[2K";

export function createModelLine(output: Output): ModelLine {
  return output.isTerminal ? lineInPlace(output) : linePerStatus(output);
}

function lineInPlace(output: Output): ModelLine {
  let shown = "";
  let hasEnded = false;
  return {
    show(_id, _state, text, { isLast } = { isLast: false }) {
      if (hasEnded) {
        return;
      }
      // A line that wraps could not be written over; the last one may be as long as it likes.
      const line = isLast ? `${label}${text}\n` : `${label}${text}`.slice(0, output.columns - 1);
      if (line !== shown) {
        output.write(`${clearLine}${line}`);
      }
      shown = isLast ? "" : line;
      hasEnded = isLast;
    },
    note(value, text) {
      output.write(clearLine);
      output.answer(value, text);
      output.write(shown);
    },
    end() {
      output.write(shown === "" ? "" : "\n");
      shown = "";
      hasEnded = true;
    },
  };
}

/** Without the percentages in between, which would fill a log. */
function linePerStatus(output: Output): ModelLine {
  let lastStatus: string | undefined;
  let hasEnded = false;
  return {
    show(id, state, text, { isLast } = { isLast: false }) {
      const status = state?.status ?? "none";
      if (!hasEnded && status !== lastStatus) {
        output.answer({ event: "model", id, state }, `${label}${text}`);
      }
      lastStatus = status;
      hasEnded ||= isLast;
    },
    note: (value, text) => output.answer(value, text),
    end() {
      hasEnded = true;
    },
  };
}
