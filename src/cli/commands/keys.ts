import type { CommandCall } from "../command.ts";
import { openControl } from "../control.ts";
import { requireArgument, requireOption } from "../require-option.ts";
import { table } from "../table.ts";

export async function createKey(call: CommandCall): Promise<void> {
  const name = requireOption(call, "name");
  await using control = await openControl(call);
  const { key, secret } = await control.perform("keys.create", { name, user: userOf(call) });
  call.output.answer({ key, secret }, `${secret}\nThis is the only time that the key "${key.name}" is shown.`);
}

export async function listKeys(call: CommandCall): Promise<void> {
  await using control = await openControl(call);
  const keys = await control.perform("keys.list", { user: userOf(call) });
  const rows = keys.map(({ id, name, prefix, createdAt, lastUsedAt }) => [
    id,
    name,
    `${prefix}…`,
    day(createdAt),
    lastUsedAt === null ? "never" : day(lastUsedAt),
  ]);
  call.output.answer(
    { keys },
    keys.length > 0 ? table(["Id", "Name", "Key", "Made", "Last used"], rows) : "There are no API keys yet.",
  );
}

export async function revokeKey(call: CommandCall): Promise<void> {
  const id = requireArgument(call, "the key's id");
  await using control = await openControl(call);
  await control.perform("keys.revoke", { id, user: userOf(call) });
  call.output.answer({ id }, "The key no longer works.");
}

function userOf({ options }: CommandCall): string | undefined {
  return typeof options["user"] === "string" ? options["user"] : undefined;
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
