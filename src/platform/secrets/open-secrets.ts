// Finds the key that this database's secrets were sealed with. A new one is made only where nothing was ever sealed: over
// a lost key nothing is written, because the right one may still be found.
import { randomBytes } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { Database } from "../database/command.ts";
import { AppError } from "../errors.ts";
import { findKeyCheck, saveKeyCheck } from "./key-check-store.ts";
import { keyFileOf, readKeyFile, writeKeyFile } from "./key-file.ts";
import { createSecrets, keyCheckOf, type Secrets, secretsKeyBytes } from "./secrets.ts";

export interface SecretsParts {
  readonly dataFolder: string;
  readonly db: Database;
  readonly clock: Clock;
}

/** For the holder of the data folder's lock. Throws AppError secrets_key_wrong or data_folder_unwritable. */
export async function openSecrets({ dataFolder, db, clock }: SecretsParts): Promise<Secrets> {
  const wanted = await db.run(findKeyCheck, {});
  const present = readKeyFile(dataFolder);
  if (wanted !== undefined) return createSecrets(keyFor(wanted, present, keyFileOf(dataFolder)));
  // The file first: killed between the two, the next start takes the key that is there.
  const key = present?.[0] ?? randomBytes(secretsKeyBytes);
  if (!present) await writeKeyFile(dataFolder, [key]);
  await db.run(saveKeyCheck, { keyCheck: keyCheckOf(key), now: clock() });
  return createSecrets(key);
}

function keyFor(wanted: string, present: readonly Buffer[] | null, file: string): Buffer {
  if (!present) throw new AppError("secrets_key_wrong", { file, problem: "it is missing" });
  const key = present.find((each) => keyCheckOf(each) === wanted);
  if (!key) throw new AppError("secrets_key_wrong", { file, problem: "it belongs to another database" });
  return key;
}
