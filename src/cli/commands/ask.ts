import { text as readAll } from "node:stream/consumers";
import type { ModelEvent } from "../../inference/model-call.ts";
import { AppError } from "../../platform/errors.ts";
import type { CommandCall } from "../command.ts";
import { openControl } from "../control.ts";

/** Streams the answer to stdout; the question is the argument, or stdin when something is piped in. */
export async function ask(call: CommandCall): Promise<void> {
  const question = call.argument ?? (process.stdin.isTTY ? "" : await readAll(process.stdin));
  if (question.trim() === "") {
    throw new AppError("settings_invalid", {
      problems: 'There is no question. Try: shobar ask "Why is the sky blue?"',
    });
  }
  const wanted = typeof call.options["model"] === "string" ? call.options["model"] : undefined;
  await using control = await openControl(call);
  let answer = "";
  let usage: unknown = null;
  const { model } = await control.perform("ask", { question, model: wanted }, (event) => {
    const known = event as ModelEvent;
    if (known.type === "text-delta") {
      answer += known.text;
      call.output.write(known.text);
    } else if (known.type === "call-end") {
      usage = known.usage;
    } else {
      sayWait(known);
    }
  });
  call.output.answer({ model, answer, usage }, "");

  function sayWait(event: ModelEvent): void {
    if (process.stderr.isTTY && event.type === "model-loading") {
      process.stderr.write(`\r\u001B[2KLoading the model ${Math.round(event.percent)} %`);
    }
    if (process.stderr.isTTY && event.type === "call-start") {
      process.stderr.write("\r\u001B[2K");
    }
  }
}
