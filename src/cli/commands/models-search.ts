import type { CatalogueModel } from "../../features/downloads/contract.ts";
import { purposes } from "../../inference/catalogue/catalogue-entry.ts";
import { AppError } from "../../platform/errors.ts";
import { formatBytes } from "../../platform/format-bytes.ts";
import type { CommandCall } from "../command.ts";
import { openControl } from "../control.ts";
import { table } from "../table.ts";
import { speedOf } from "./models.ts";

/** In the catalogue that comes with the product; nobody outside is asked. */
export async function searchModels(call: CommandCall): Promise<void> {
  const { language, for: purpose } = call.options as Record<string, string | undefined>;
  if (purpose !== undefined && !purposes.some((each) => each === purpose)) {
    throw new AppError("settings_invalid", { problems: `--for takes one of: ${purposes.join(", ")}.` });
  }
  await using control = await openControl(call);
  const models = await control.perform("models.search", { words: call.argument, language, purpose });
  const rows = models.map((model) => [
    model.id,
    model.publisher,
    formatBytes(model.sizeBytes),
    memoryOf(model),
    speedOf(model),
    languagesOf(model),
    model.licence,
    model.goodFor.join(", "),
  ]);
  const head = ["Id", "From", "File", "Memory", "Speed", "Languages", "Licence", "Good for"];
  call.output.answer(
    { models },
    rows.length > 0
      ? `${table(head, rows)}\nFetch one: shobar models pull ID`
      : "Nothing in the catalogue is like that. Other models: shobar models pull OWNER/NAME or the address of a .gguf file",
  );
}

function memoryOf({ memory, modelId }: CatalogueModel): string {
  if (modelId !== null) return "is here";
  if (memory === null) return "unknown";
  return `${formatBytes(memory.neededBytes)}${memory.fits ? "" : " (too much)"}`;
}

function languagesOf({ languages }: CatalogueModel): string {
  const shown = languages.slice(0, 4).join(" ");
  return languages.length > 4 ? `${shown} +${languages.length - 4}` : shown;
}
