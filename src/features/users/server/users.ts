// The people of an organisation: making, listing, changing, disabling. Signing in is in sign-in.ts.
import { randomInt } from "node:crypto";
import type { ErrorCode } from "../../../contract/error-codes.ts";
import { checkValue } from "../../../platform/check-value.ts";
import type { Clock } from "../../../platform/clock.ts";
import type { Database } from "../../../platform/database/command.ts";
import type { UserRow } from "../../../platform/database/tables.ts";
import { AppError } from "../../../platform/errors.ts";
import type { OpenCalls } from "../../../platform/http/open-calls.ts";
import type { Principal } from "../../../platform/http/principal.ts";
import { newId } from "../../../platform/new-id.ts";
import { type Language, NewPassword, type Theme, type User, UserEmail, UserName } from "../contract.ts";
import { hashNewPassword } from "./new-password.ts";
import type { Passwords } from "./password.ts";
import * as store from "./user-store.ts";

interface Dependencies {
  readonly db: Database;
  readonly clock: Clock;
  readonly passwords: Passwords;
  readonly openCalls: OpenCalls;
}

/** The id of this server's organisation, made on the first call. */
export function ensureOrganisation({ db, clock }: Pick<Dependencies, "db" | "clock">): Promise<string> {
  return db.run(store.ensureOrganisation, { newId: newId(), now: clock() });
}

export function ownerExists(db: Database): Promise<boolean> {
  return db.run(store.ownerExists, {});
}

export interface NewUser {
  readonly organisationId: string;
  readonly name: string;
  readonly email: string;
  readonly role: "admin" | "member";
  /** One is made when it is left out. */
  readonly password?: string;
}

/** `generatedPassword` is to be shown once; it is stored nowhere. Throws invalid_request, password_too_common, email_taken. */
export async function createUser(
  { db, clock, passwords }: Omit<Dependencies, "openCalls">,
  user: NewUser,
): Promise<{ user: User; generatedPassword?: string }> {
  const name = checkValue(UserName, user.name, "name");
  const email = checkValue(UserEmail, user.email, "email");
  const generatedPassword = user.password === undefined ? generatePassword() : undefined;
  const password = generatedPassword ?? checkValue(NewPassword, user.password, "password");
  const password_hash = await hashNewPassword(passwords, password, { name, email });
  const row = await db.run(store.insertUser, {
    organisationId: user.organisationId,
    user: { id: newId(), name, email, role: user.role, password_hash, language: null },
    now: clock(),
  });
  return { user: toUser(row), ...(generatedPassword === undefined ? {} : { generatedPassword }) };
}

/** For the command line, where people are named by email. Throws user_not_found. */
export async function getUserByEmail(db: Database, organisationId: string, email: string): Promise<User> {
  const row = await db.run(store.findUserByEmail, { email: checkValue(UserEmail, email, "email") });
  return toUser(found(row?.organisation_id === organisationId ? row : undefined));
}

/** Throws owner_missing while nobody has claimed the server. */
export async function getOwner(db: Database, organisationId: string): Promise<User> {
  return toUser(found(await db.run(store.findOwner, { organisationId }), "owner_missing"));
}

export async function getMe(db: Database, { organisationId, userId }: Principal): Promise<User> {
  return toUser(found(await db.run(store.findUser, { organisationId, userId })));
}

/** By id; who is not here any more is left out. */
export async function readNames(
  db: Database,
  organisationId: string,
  userIds: readonly string[],
): Promise<Map<string, string>> {
  if (userIds.length === 0) {
    return new Map();
  }
  const rows = await db.run(store.findUserNames, { organisationId, userIds: [...new Set(userIds)] });
  return new Map(rows.map(({ id, name }) => [id, name]));
}

export interface ProfileChange {
  readonly name?: string | undefined;
  readonly language?: Language | null | undefined;
  readonly theme?: Theme | undefined;
}

export async function updateMe(db: Database, principal: Principal, change: ProfileChange): Promise<User> {
  const { organisationId, userId } = principal;
  const { name, language, theme } = change;
  const given = {
    ...(name === undefined ? {} : { name }),
    ...(language === undefined ? {} : { language }),
    ...(theme === undefined ? {} : { theme }),
  };
  return toUser(found(await db.run(store.updateProfile, { organisationId, userId, change: given })));
}

/** Answers the new password, to be shown once; every session of the person ends. */
export async function resetPassword(
  { db, passwords, openCalls }: Pick<Dependencies, "db" | "passwords" | "openCalls">,
  { organisationId, userId }: { organisationId: string; userId: string },
): Promise<string> {
  const password = generatePassword();
  const newHash = await passwords.hash(password);
  const { user, endedSessions } = await db.run(store.setPasswordHash, { organisationId, userId, newHash });
  found(user);
  openCalls.end(endedSessions);
  return password;
}

export function toUser(row: UserRow): User {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    role: row.role,
    language: row.language === "en" || row.language === "bn" ? row.language : null,
    theme: row.theme,
    createdAt: row.created_at,
  };
}

// No letter or digit that can be taken for another: 32 signs, 5 bits each.
const passwordSigns = "abcdefghijkmnpqrstuvwxyz23456789";

/** 100 random bits in four groups that can be read aloud. */
export function generatePassword(): string {
  const group = () => Array.from({ length: 5 }, () => passwordSigns[randomInt(passwordSigns.length)]).join("");
  return Array.from({ length: 4 }, group).join("-");
}

function found(row: UserRow | undefined, otherwise: ErrorCode = "user_not_found"): UserRow {
  if (!row) {
    throw new AppError(otherwise);
  }
  return row;
}
