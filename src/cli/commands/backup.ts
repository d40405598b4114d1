import { resolve } from "node:path";
import type { BackupJob } from "../../features/backups/server/backup-job.ts";
import { runInBackground } from "../../platform/background/background-process.ts";
import type { BackedUp } from "../../platform/backup/back-up-data-folder.ts";
import { formatBytes } from "../../platform/format-bytes.ts";
import type { CommandCall } from "../command.ts";
import { readPassphrase } from "../read-passphrase.ts";
import { requireArgument } from "../require-option.ts";
import { withLentCore } from "../with-lent-core.ts";

export async function backup(call: CommandCall): Promise<void> {
  const file = resolve(requireArgument(call, "the name of the backup's file"));
  const passphrase = readPassphrase(call);
  const job: BackupJob = {
    kind: "backup",
    dataFolder: call.config().data,
    file,
    passphrase,
    version: call.files.version,
    now: Date.now(),
  };
  const { manifest, bytes, hasSecretsKey } = await withLentCore(job.dataFolder, () =>
    runInBackground<BackedUp>(call.files.backupWorker, job),
  );
  const isEncrypted = passphrase !== null;
  const readable = hasSecretsKey ? "the chats and the stored keys of providers" : "the chats";
  const sealing = isEncrypted ? "encrypted" : `not encrypted: who has it can read ${readable}`;
  const lines = [
    `Everything up to now is in ${file} (${formatBytes(bytes)}, ${sealing}).`,
    ...(manifest.models.length > 0
      ? [`Not in it: ${modelCount(manifest.models.length)}. Copy the models folder once.`]
      : []),
  ];
  call.output.answer({ file, bytes, isEncrypted, hasSecretsKey, ...manifest }, lines.join("\n"));
}

function modelCount(count: number): string {
  return count === 1 ? "1 file of the models folder" : `${count} files of the models folder`;
}
