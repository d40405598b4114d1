import type { Model } from "../../features/models/contract.ts";
import { formatBytes } from "../../platform/format-bytes.ts";
import type { CommandCall } from "../command.ts";
import { openControl } from "../control.ts";
import { table } from "../table.ts";

export async function listModels(call: CommandCall): Promise<void> {
  await using control = await openControl(call);
  const models = await control.perform("models.list", {});
  const rows = models.map(({ id, name, madeBy, sizeBytes, memory, state, isDefault }) => [
    isDefault ? `${id} (default)` : id,
    name,
    sizeBytes === null ? `at ${madeBy}` : formatBytes(sizeBytes),
    describeMemory(memory, state),
    state.status === "unavailable" ? state.reason : state.status,
  ]);
  call.output.answer(
    { models },
    models.length > 0
      ? table(["Id", "Name", "File", "Memory", "State"], rows)
      : "There are no models. Put a GGUF file into the models folder in the data folder.",
  );
}

function describeMemory(memory: Model["memory"], state: Model["state"]): string {
  if (memory === null) {
    return "";
  }
  // Of a file that cannot be used nobody knows.
  return state.status === "unavailable" && memory.neededBytes === 0
    ? "unknown"
    : `${formatBytes(memory.neededBytes)}${memory.fits ? "" : " (too much)"}`;
}
