import { resolve } from "node:path";
import { restoreDataFolder } from "../../platform/backup/restore-data-folder.ts";
import type { CommandCall } from "../command.ts";
import { readPassphrase } from "../read-passphrase.ts";
import { requireArgument } from "../require-option.ts";

export async function restore(call: CommandCall): Promise<void> {
  const file = resolve(requireArgument(call, "the name of the backup's file"));
  const dataFolder = call.config().data;
  const passphrase = readPassphrase(call);
  const { manifest, kept, missingModels } = await restoreDataFolder({ dataFolder, file, passphrase, now: Date.now() });
  const lines = [
    `The data folder ${dataFolder} is as it was at ${new Date(manifest.createdAt).toISOString()}.`,
    ...(kept === null ? [] : [`What was there before is kept in ${kept}; delete it when you no longer need it.`]),
    ...(missingModels.length > 0 ? [`Put these back into the models folder: ${missingModels.join(", ")}`] : []),
  ];
  call.output.answer({ file, dataFolder, createdAt: manifest.createdAt, kept, missingModels }, lines.join("\n"));
}
