import { resolve } from "node:path";
import type { CommandCall } from "../command.ts";
import { openControl } from "../control.ts";
import { requireArgument } from "../require-option.ts";
import { createProgressLine, untilStopped } from "./models-pull.ts";

export async function adoptModel(call: CommandCall): Promise<void> {
  const path = resolve(requireArgument(call, "The model file"));
  const source = typeof call.options["as"] === "string" ? call.options["as"] : null;
  await using control = await openControl(call);
  const line = createProgressLine(call.output);
  const adopted = await untilStopped(line, (signal) =>
    control.perform("models.adopt", { path, source }, line.show, signal),
  );
  const { modelId, known } = adopted;
  const sentences = {
    fetched: `Taken over, and the rest was fetched: ${modelId}. The file that it began with can be deleted.`,
    known: `Used where it lies: ${modelId}. It is the very file of ${known} in the catalogue.`,
    unknown: `Used where it lies: ${modelId}. The catalogue does not know this file.`,
  };
  call.output.answer(adopted, sentences[source !== null ? "fetched" : known === null ? "unknown" : "known"]);
}
