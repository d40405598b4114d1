import { readFileSync } from "node:fs";
import { AppError } from "../platform/errors.ts";
import { fileProblem } from "../platform/file-problem.ts";
import type { CommandCall } from "./command.ts";

/**
 * Of backups: from the file that --passphrase-file names (without the line break at its end), else from
 * SHOBAR_BACKUP_PASSPHRASE; null without either. Throws AppError settings_invalid.
 */
export function readPassphrase({ options, environment }: CommandCall): string | null {
  const file = options["passphrase-file"];
  if (typeof file !== "string") {
    return environment.settings["SHOBAR_BACKUP_PASSPHRASE"] || null;
  }
  return readPassphraseFile(file);
}

/** Throws AppError settings_invalid. */
export function readPassphraseFile(file: string): string {
  try {
    const passphrase = readFileSync(file, "utf8").replace(/\r?\n$/, "");
    if (passphrase !== "") {
      return passphrase;
    }
  } catch (error) {
    const { problem } = fileProblem(error, { ENOENT: "file_missing" });
    throw new AppError("settings_invalid", { problems: `--passphrase-file ${file} cannot be read: ${problem}.` });
  }
  throw new AppError("settings_invalid", { problems: `--passphrase-file ${file} is empty.` });
}
