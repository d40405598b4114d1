import type { BenchRound } from "../../features/models/server/bench-model.ts";
import type { CommandCall } from "../command.ts";
import { openControl } from "../control.ts";
import { requireArgument } from "../require-option.ts";

export async function benchModel(call: CommandCall): Promise<void> {
  const model = requireArgument(call, "The model's id");
  await using control = await openControl(call);
  let count = 0;
  const onRound = (event: unknown): void => {
    const round = event as BenchRound;
    call.output.answer({ event: "round", ...round }, `Round ${++count}: ${inWords(round)}`);
  };
  const { modelId, result } = await control.perform("models.bench", { model }, onRound);
  call.output.answer({ modelId, ...result }, `${modelId} ${inWords(result)}: the middle of ${count} rounds`);
}

/** `reads 410 tokens a second, writes 38` */
function inWords({ promptTokensPerSecond, answerTokensPerSecond }: BenchRound): string {
  return `reads ${figure(promptTokensPerSecond)} tokens a second, writes ${figure(answerTokensPerSecond)}`;
}

function figure(value: number | null): string {
  if (value === null) return "too few";
  return value >= 10 ? value.toFixed(0) : value.toPrecision(2);
}
