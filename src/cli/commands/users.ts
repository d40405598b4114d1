import { AppError } from "../../platform/errors.ts";
import type { CommandCall } from "../command.ts";
import { openControl } from "../control.ts";
import { requireOption } from "../require-option.ts";
import { table } from "../table.ts";

export async function createUser(call: CommandCall): Promise<void> {
  const email = requireOption(call, "email");
  const name = requireOption(call, "name");
  const { role = "member" } = call.options;
  if (role !== "member" && role !== "admin") {
    throw new AppError("settings_invalid", { problems: "--role must be member or admin" });
  }
  await using control = await openControl(call);
  const { user, generatedPassword } = await control.perform("users.create", { name, email, role });
  call.output.answer(
    { user, password: generatedPassword },
    `${user.name} <${user.email}> is a ${user.role} now.\nPassword (shown once, hand it over safely): ${generatedPassword}`,
  );
}

export async function listUsers(call: CommandCall): Promise<void> {
  await using control = await openControl(call);
  const users = await control.perform("users.list", {});
  const rows = users.map(({ name, email, role, createdAt }) => [
    name,
    email,
    role,
    new Date(createdAt).toISOString().slice(0, 10),
  ]);
  call.output.answer(
    { users },
    users.length > 0
      ? table(["Name", "Email", "Role", "Since"], rows)
      : "Nobody yet. The link that the server prints makes the owner.",
  );
}

export async function resetPassword(call: CommandCall): Promise<void> {
  const email = requireOption(call, "email");
  await using control = await openControl(call);
  const { user, generatedPassword } = await control.perform("users.reset-password", { email });
  call.output.answer(
    { user, password: generatedPassword },
    `${user.name} <${user.email}> has a new password and is signed out everywhere.\nPassword (shown once, hand it over safely): ${generatedPassword}`,
  );
}

export async function resetTwoFactor(call: CommandCall): Promise<void> {
  const email = requireOption(call, "email");
  await using control = await openControl(call);
  const user = await control.perform("users.reset-two-factor", { email });
  call.output.answer(
    { user },
    `${user.name} <${user.email}> has no two-factor and no passkeys any more, and is signed out everywhere. The password is as it was.`,
  );
}

export async function disableUser(call: CommandCall): Promise<void> {
  const email = requireOption(call, "email");
  await using control = await openControl(call);
  const user = await control.perform("users.disable", { email, disabled: true });
  call.output.answer({ user }, `${user.name} <${user.email}> can no longer sign in or use API keys.`);
}

export async function enableUser(call: CommandCall): Promise<void> {
  const email = requireOption(call, "email");
  await using control = await openControl(call);
  const user = await control.perform("users.disable", { email, disabled: false });
  call.output.answer({ user }, `${user.name} <${user.email}> can sign in again.`);
}
