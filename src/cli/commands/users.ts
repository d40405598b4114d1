import { UserRole } from "../../features/users/contract.ts";
import { invitationDays, keptRemovedDays } from "../../features/users/people-contract.ts";
import { AppError } from "../../platform/errors.ts";
import type { ControlResult } from "../../server/control-actions.ts";
import type { CommandCall } from "../command.ts";
import { openControl } from "../control.ts";
import { linkOf } from "../link-of.ts";
import { requireArgument, requireOption } from "../require-option.ts";
import { table } from "../table.ts";

export async function createUser(call: CommandCall): Promise<void> {
  const email = requireOption(call, "email");
  const name = requireOption(call, "name");
  const { role = "member" } = call.options;
  // An owner comes by an invitation: nobody else then ever knows the password.
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
  const rows = users.map(({ name, email, role, state, hasTwoFactor, createdAt, lastSeenAt }) => [
    name,
    email,
    role,
    state,
    hasTwoFactor ? "on" : "off",
    day(createdAt),
    lastSeenAt === null ? "never" : day(lastSeenAt),
  ]);
  call.output.answer(
    { users },
    users.length > 0
      ? table(["Name", "Email", "Role", "State", "Two-factor", "Since", "Last seen"], rows)
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

export async function inviteUser(call: CommandCall): Promise<void> {
  const role = roleOf(call, "member");
  const days = daysOf(call);
  const { note } = call.options;
  await using control = await openControl(call);
  const wish = { role, days, note: typeof note === "string" ? note : undefined };
  const { invitation, path } = await control.perform("users.invite", wish);
  const url = linkOf(call, path);
  call.output.answer(
    { invitation, url },
    `${url}\nWhoever opens this link first, until ${minute(invitation.expiresAt)}, makes an account as ${role}. It is shown once.`,
  );
}

export async function makeResetLink(call: CommandCall): Promise<void> {
  const email = requireArgument(call, "the person's email");
  await using control = await openControl(call);
  answerLink(call, await control.perform("users.reset-link", { email }));
}

export async function resetOwner(call: CommandCall): Promise<void> {
  await using control = await openControl(call);
  answerLink(call, await control.perform("users.reset-owner", { email: call.argument }));
}

export async function changeRole(call: CommandCall): Promise<void> {
  const email = requireArgument(call, "the person's email");
  requireOption(call, "role");
  const role = roleOf(call, "member");
  await using control = await openControl(call);
  const user = await control.perform("users.role", { email, role });
  call.output.answer({ user }, `${user.name} <${user.email}> is ${role === "member" ? "a member" : `an ${role}`} now.`);
}

export async function removeUser(call: CommandCall): Promise<void> {
  const email = requireArgument(call, "the person's email");
  const chats = requireOption(call, "chats");
  if (chats !== "delete" && chats !== "keep") {
    throw new AppError("settings_invalid", { problems: "--chats must be delete or keep" });
  }
  await using control = await openControl(call);
  const { name } = await control.perform("users.remove", { email, chats });
  const what =
    chats === "delete"
      ? "with all of their chats."
      : `and can be brought back for ${keptRemovedDays} days: shobar users restore ${email}`;
  call.output.answer({ email, chats }, `${name} is removed ${what}`);
}

export async function restoreUser(call: CommandCall): Promise<void> {
  const email = requireArgument(call, "the person's email");
  await using control = await openControl(call);
  const user = await control.perform("users.restore", { email });
  call.output.answer({ user }, `${user.name} <${user.email}> is back. API keys must be made anew.`);
}

function answerLink(call: CommandCall, made: ControlResult<"users.reset-link">): void {
  const { person: user, path, expiresAt } = made;
  const url = linkOf(call, path);
  call.output.answer(
    { user, url, expiresAt },
    `${url}\nWhoever opens this link, until ${minute(expiresAt)}, sets a new password for ${user.name} <${user.email}>. It works once and is shown once.`,
  );
}

function roleOf({ options }: CommandCall, otherwise: UserRole): UserRole {
  const role = UserRole.safeParse(options["role"] ?? otherwise);
  if (!role.success) {
    throw new AppError("settings_invalid", { problems: `--role must be ${UserRole.options.join(", ")}` });
  }
  return role.data;
}

function daysOf({ options }: CommandCall): number | undefined {
  const days = options["days"] === undefined ? undefined : Number(options["days"]);
  if (days !== undefined && !invitationDays.some((allowed) => allowed === days)) {
    throw new AppError("settings_invalid", { problems: `--days must be ${invitationDays.join(", ")}` });
  }
  return days;
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function minute(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
