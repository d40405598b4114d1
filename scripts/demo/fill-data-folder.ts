// Fills an empty data folder through the product's own rules, so that a change of theirs that the demo does not know
// breaks it loudly.
import { randomBytes } from "node:crypto";
import { createApiKey } from "../../src/features/api-keys/server/api-keys.ts";
import { createInvitation } from "../../src/features/users/server/invitations.ts";
import { createOwnerLink } from "../../src/features/users/server/owner-link.ts";
import { createPasswords, type Passwords } from "../../src/features/users/server/password.ts";
import { createPeople } from "../../src/features/users/server/people.ts";
import { createSecondFactors } from "../../src/features/users/server/second-factors.ts";
import { createSessions } from "../../src/features/users/server/sessions.ts";
import { createSignIn } from "../../src/features/users/server/sign-in.ts";
import { createSignInLimits } from "../../src/features/users/server/sign-in-limits.ts";
import { createUser, ensureOrganisation, updateMe } from "../../src/features/users/server/users.ts";
import type { Scope } from "../../src/features/chats/server/chat-store.ts";
import type { Config } from "../../src/platform/config/config.ts";
import { openDataFolder } from "../../src/platform/data-folder.ts";
import type { Database } from "../../src/platform/database/command.ts";
import { openInlineDatabase } from "../../src/platform/database/inline-database.ts";
import { upgradeDataFolder } from "../../src/platform/backup/upgrade-data-folder.ts";
import { createOpenCalls } from "../../src/platform/http/open-calls.ts";
import { createSecrets } from "../../src/platform/secrets/secrets.ts";
import type { ProductFiles } from "../../src/server/start.ts";
import { interruptedQuestion } from "./chats/lena.ts";
import { minutesOfDay } from "./demo-chat.ts";
import { createDemoClock, type DemoClock } from "./demo-clock.ts";
import { type DemoPerson, formerMember, invitations, people } from "./people.ts";
import { writeChat } from "./write-chat.ts";
import { writeInterruptedChat } from "./write-interrupted-chat.ts";

const dayMs = minutesOfDay * 60_000;
const foundedDaysAgo = 40;
const invitedDaysAgo = 2;
const interruptedMinutesAgo = 45;

interface Parts {
  readonly db: Database;
  readonly clock: DemoClock;
  readonly passwords: Passwords;
  readonly organisationId: string;
}

/** `password`: everybody's. `tell` hears what is being done. */
export async function fillDataFolder(
  { config, files, password }: { config: Config; files: ProductFiles; password: string },
  tell: (line: string) => void,
): Promise<void> {
  const now = Date.now();
  const clock = createDemoClock(now - foundedDaysAgo * dayMs);
  const folder = openDataFolder(config.data, "command");
  const { folder: dataFolder, databaseFile } = folder;
  await upgradeDataFolder({ dataFolder, databaseFile, version: files.version, now: clock.read() });
  const db = openInlineDatabase(databaseFile);
  try {
    const organisationId = await ensureOrganisation({ db, clock: clock.read });
    const parts: Parts = { db, clock, passwords: createPasswords(), organisationId };
    tell("People and their keys");
    const scopes = await addPeople(parts, password, now);
    tell("Chats");
    for (const [index, person] of people.entries()) {
      for (const chat of person.chats) await writeChat(parts, scopes[index]!, chat, now);
    }
    tell("An answer of the starter model that breaks off");
    clock.set(now - interruptedMinutesAgo * 60_000);
    const lena = scopes[people.findIndex(({ email }) => email.startsWith("lena"))]!;
    await writeInterruptedChat({ ...parts, config, files }, lena, interruptedQuestion);
  } finally {
    await db.close();
    folder.release();
  }
}

/** Answers whose eyes each person's chats are written with, in the order of `people`. */
async function addPeople(parts: Parts, password: string, now: number): Promise<Scope[]> {
  const scopes: Scope[] = [];
  for (const person of people) {
    parts.clock.advance(dayMs);
    scopes.push(await addPerson(parts, person, password));
  }
  await addFormerMember(parts);
  const owner = scopes[0]!;
  for (const { note, role, days } of invitations) {
    parts.clock.set(now - invitedDaysAgo * dayMs);
    await createInvitation({ db: parts.db, clock: parts.clock.read }, owner, { note, role, days });
  }
  return scopes;
}

async function addPerson(parts: Parts, person: DemoPerson, password: string): Promise<Scope> {
  const { db, clock, organisationId } = parts;
  const { id: userId } = await (person.role === "owner"
    ? claim(parts, person, password)
    : addMember(parts, { ...person, role: person.role, password }));
  const scope: Scope = { userId, organisationId, role: person.role };
  await updateMe(db, { ...scope, via: "session", credentialId: userId }, { language: person.language });
  for (const name of person.keys) await createApiKey({ db, clock: clock.read }, scope, name);
  return scope;
}

async function addMember(
  { db, clock, passwords, organisationId }: Parts,
  { name, email, role, password }: { name: string; email: string; role: "admin" | "member"; password?: string },
): Promise<{ id: string }> {
  const given = { organisationId, name, email, role, ...(password === undefined ? {} : { password }) };
  return (await createUser({ db, clock: clock.read, passwords }, given)).user;
}

/** As the owner does it: with the one-time link. */
async function claim(
  { db, clock, passwords }: Parts,
  { name, email }: DemoPerson,
  password: string,
): Promise<{ id: string }> {
  const ownerLink = createOwnerLink();
  const sessions = createSessions({ db, clock: clock.read, openCalls: createOpenCalls() });
  const limits = createSignInLimits(clock.read);
  const secondFactors = createSecondFactors({ db, clock: clock.read, secrets: createSecrets(randomBytes(32)), limits });
  const signIn = createSignIn({ db, clock: clock.read, passwords, sessions, ownerLink, limits, secondFactors });
  const owner = { token: ownerLink.token, name, email, password };
  return (await signIn.withOwnerLink(owner, { address: "127.0.0.1" })).user;
}

async function addFormerMember(parts: Parts): Promise<void> {
  const { db, clock, organisationId } = parts;
  const { id: userId } = await addMember(parts, formerMember);
  clock.advance(3 * dayMs);
  const things = { stop: async () => {}, purge: async () => {} };
  const accounts = createPeople({ db, clock: clock.read, openCalls: createOpenCalls(), things });
  await accounts.change({ organisationId, userId: null }, userId, { disabled: true });
}
