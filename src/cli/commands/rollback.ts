import { once } from "node:events";
import { createInterface } from "node:readline";
import { rollBackDataFolder, type RollbackPlan } from "../../platform/backup/rollback-data-folder.ts";
import { listSnapshots, type Snapshot } from "../../platform/backup/snapshots.ts";
import { formatBytes } from "../../platform/format-bytes.ts";
import type { CommandCall } from "../command.ts";
import { table } from "../table.ts";

export async function rollback(call: CommandCall): Promise<void> {
  const dataFolder = call.config().data;
  if (call.options["list"] === true) {
    showSnapshots(call, listSnapshots(dataFolder));
    return;
  }
  const { snapshot, lost, kept } = await rollBackDataFolder({
    dataFolder,
    snapshot: call.argument,
    now: Date.now(),
    confirm: (plan) => confirm(call, plan),
  });
  const lines = [
    `The database is as it was at ${new Date(snapshot.createdAt).toISOString()}, before the upgrade to ${snapshot.toVersion}.`,
    ...(kept === null ? [] : [`What was there before is kept in ${kept}; delete it when you no longer need it.`]),
    nextStep(snapshot, call.files.version),
  ];
  call.output.answer(
    { dataFolder, snapshot: snapshot.name, version: snapshot.fromVersion, lost, kept },
    lines.join("\n"),
  );
}

function nextStep({ fromVersion, toVersion }: Snapshot, version: string): string {
  return fromVersion === toVersion
    ? `Start the program that you had before: this one would bring the database up to date again.`
    : `Now start Shobar ${fromVersion}. This program (${version}) would upgrade the database again.`;
}

function showSnapshots(call: CommandCall, snapshots: readonly Snapshot[]): void {
  const rows = snapshots.map(({ name, createdAt, fromVersion, toVersion, bytes }) => [
    name,
    new Date(createdAt).toISOString().slice(0, 16).replace("T", " "),
    fromVersion,
    toVersion,
    formatBytes(bytes),
  ]);
  call.output.answer(
    { snapshots },
    rows.length > 0
      ? table(["Name", "Made (UTC)", "From", "To", "Size"], rows)
      : "There are no snapshots. An upgrade that changes the database makes one.",
  );
}

/** With --yes at once; at a terminal after a question; else not, so that a script does not lose anything by accident. */
async function confirm({ options, output }: CommandCall, plan: RollbackPlan): Promise<boolean> {
  output.write(`${lossOf(plan)}\n`);
  if (options["yes"] === true) {
    return true;
  }
  if (!output.isTerminal || !process.stdin.isTTY) {
    return false;
  }
  const lines = createInterface({ input: process.stdin });
  try {
    output.write("Go back? Type yes: ");
    const [answer] = (await Promise.race([once(lines, "line"), once(lines, "close")])) as [string?];
    return answer?.trim().toLowerCase() === "yes";
  } finally {
    lines.close();
  }
}

function lossOf({ snapshot, lost }: RollbackPlan): string {
  const since = `since ${new Date(snapshot.createdAt).toISOString()}`;
  if (lost === null) {
    return `The database that is there now cannot be read, so what was written ${since} cannot be counted.`;
  }
  const { messages, chats, users, api_keys: keys } = lost;
  return `Going back leaves out what was written ${since}: ${messages} messages, ${chats} chats, ${users} accounts, ${keys} API keys, and every change to what was there.`;
}
