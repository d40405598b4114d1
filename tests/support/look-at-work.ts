// What is there after a kill of the things that people at work have changed, in the words in which the changes were noted.
import type { BackupsState } from "../../src/features/backups/contract.ts";
import type { Message } from "../../src/features/chats/contract.ts";
import type { Model } from "../../src/features/models/contract.ts";
import type { User } from "../../src/features/users/contract.ts";
import { type ApiClient, ask, demand, readAll } from "./api-client.ts";
import type { Worker } from "./kill-worker.ts";

/** What there is once, and is there from the first start on. */
export const sharedThings: readonly string[] = ["profile", "password", "organisation", "default", "backups"];

type Looking = Pick<Worker, "faults" | "outside" | "password">;
type Chat = { readonly title: string; readonly messages: readonly Message[] } | null;

/** What cannot be seen any more, in a chat that was deleted, is not in the answer. */
export async function lookAtWork(
  client: ApiClient,
  things: readonly string[],
  looking: Looking,
): Promise<ReadonlyMap<string, unknown>> {
  const keys = await readAll<{ name: string }>(client, "/api/api-keys");
  const invitations = await readAll<{ note: string }>(client, "/api/invitations");
  const people = await readAll<{ email: string; role: string; state: string }>(client, "/api/people");
  const chats = new Map<string, Chat>();
  const found = new Map<string, unknown>();
  for (const thing of things) {
    const [kind = "", id = "", part = ""] = thing.split(" ");
    if (kind === "key") {
      found.set(thing, keys.some(({ name }) => `key ${name}` === thing) || null);
    } else if (kind === "invitation") {
      found.set(thing, invitations.some(({ note }) => note === id) || null);
    } else if (kind === "person") {
      const person = people.find(({ email }) => email === id);
      found.set(thing, person ? [person.role, person.state] : null);
    } else if (kind === "provider") {
      found.set(thing, await usedKey(client, id, looking));
    } else if (sharedThings.includes(kind)) {
      found.set(thing, await lookAtShared(client, kind, looking));
    } else {
      const chat = chats.get(id) ?? (await readChat(client, id, looking));
      chats.set(id, chat);
      if (kind === "deletion") {
        found.set(thing, chat ? null : true);
      } else if (chat) {
        found.set(thing, lookIntoChat(chat, kind, part));
      }
    }
  }
  return found;
}

function lookIntoChat({ title, messages }: NonNullable<Chat>, kind: string, id: string): string | null {
  if (kind === "title") {
    return title;
  }
  return kind === "run"
    ? (messages.find(({ run }) => run?.id === id)?.run?.status ?? null)
    : (messages.find((message) => message.id === id)?.text ?? null);
}

async function readChat(client: ApiClient, id: string, { faults }: Looking): Promise<Chat> {
  const { status, body } = await ask(client, "GET", `/api/chats/${id}`);
  if (status !== 200) {
    return null;
  }
  const { items } = await demand<{ items: Message[] }>(client, "GET", `/api/chats/${id}/messages`);
  const open = items.filter(({ run }) => run && run.endedAt === null);
  faults.push(...open.map(() => "an answer of a dead process is shown as being written"));
  return { title: (body as { title: string }).title, messages: items };
}

async function lookAtShared(client: ApiClient, thing: string, looking: Looking): Promise<unknown> {
  if (thing === "password") {
    return rightPassword(client, looking);
  }
  if (thing === "default") {
    return (await readAll<Model>(client, "/api/models")).find(({ isDefault }) => isDefault)?.id ?? null;
  }
  if (thing === "backups") {
    const { schedule } = await demand<BackupsState>(client, "GET", "/api/backups");
    return [schedule.daily, schedule.weekly];
  }
  if (thing === "organisation") {
    return (await demand<{ organisation: string }>(client, "GET", "/api/server")).organisation;
  }
  const { name, theme, language } = await demand<User>(client, "GET", "/api/me");
  return [name, theme, language];
}

/** The one that opens a session, which is the known one from now on. */
async function rightPassword(client: ApiClient, { password }: Looking): Promise<string | null> {
  const { email } = await demand<User>(client, "GET", "/api/me");
  const elsewhere = { url: client.url, headers: { "content-type": "application/json" } };
  for (const each of [password.wished, password.known]) {
    if (each !== null && (await ask(elsewhere, "POST", "/api/session", { email, password: each })).status < 300) {
      Object.assign(password, { known: each, wished: null });
      return each;
    }
  }
  return null;
}

/** The key with which the stored provider calls, as the other side sees it; null where there is no such provider. */
async function usedKey(client: ApiClient, providerId: string, { outside, faults }: Looking): Promise<string | null> {
  outside.requests.length = 0;
  const { status } = await ask(client, "POST", "/api/providers/test", { preset: "other", providerId });
  if (status === 404) {
    return null;
  }
  faults.push(...(status < 300 ? [] : [`a provider's trial was answered with ${status}`]));
  return outside.requests.at(-1)?.headers.authorization?.replace("Bearer ", "") ?? null;
}
