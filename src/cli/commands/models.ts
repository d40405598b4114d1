import { formatBytes } from "../../platform/format-bytes.ts";
import type { CommandCall } from "../command.ts";
import { openControl } from "../control.ts";
import { table } from "../table.ts";

export async function listModels(call: CommandCall): Promise<void> {
  await using control = await openControl(call);
  const models = await control.perform("models.list", {});
  const rows = models.map(({ id, name, sizeBytes, memory, state, isDefault }) => [
    isDefault ? `${id} (default)` : id,
    name,
    formatBytes(sizeBytes),
    // Of a file that cannot be used nobody knows.
    state.status === "unavailable" && memory.neededBytes === 0
      ? "unknown"
      : `${formatBytes(memory.neededBytes)}${memory.fits ? "" : " (too much)"}`,
    state.status === "unavailable" ? state.reason : state.status,
  ]);
  call.output.answer(
    { models },
    models.length > 0
      ? table(["Id", "Name", "File", "Memory", "State"], rows)
      : "There are no models. Put a GGUF file into the models folder in the data folder.",
  );
}
