// One person at work: messages, titles, keys, people, invitations, services outside and, if they are the first, what all
// share, one thing after the other, until the server is gone. What is acknowledged is noted before the next thing is done.
import type { Run, Turn } from "../../src/features/chats/contract.ts";
import { newId } from "../../src/platform/new-id.ts";
import { type ApiClient, ask, demand, readAll, readMessages } from "./api-client.ts";
import { judge, pick, take, type Worker } from "./kill-worker.ts";
import { providerWorks, sharedWorks, type Work } from "./work-at-settings.ts";

/** Never rejects: the death of the server ends it. `onAcknowledged` is called after each acknowledged change. */
export async function workUntilKilled(worker: Worker, client: ApiClient, onAcknowledged: () => void): Promise<void> {
  try {
    while (true) {
      const work = pick(worker.isFirst ? [...works, ...sharedWorks] : works, worker.random)!;
      await work(worker, client);
      onAcknowledged();
    }
  } catch (error) {
    // The connection broke: whether the last change happened is open.
    if (!(error instanceof TypeError && /fetch failed|terminated/.test(error.message))) {
      worker.faults.push(String(error));
    }
  }
}

async function startChat(worker: Worker, client: ApiClient): Promise<void> {
  const [chatId, messageId] = [newId(), newId()];
  const text = `Write a long story about a dog, number ${messageId}.`;
  let turn = undefined as Turn | undefined;
  await worker.acknowledgements.change(`message ${chatId} ${messageId}`, text, async () => {
    const { status, body } = await ask(client, "POST", "/api/chats", { chatId, messageId, text });
    turn = status < 300 ? (body as Turn) : undefined;
    return judge(worker, "a first message", status);
  });
  if (!turn) {
    return;
  }
  worker.chats.push(chatId);
  worker.acknowledgements.note(`title ${chatId}`, turn.chat.title);
  if (worker.random() < 0.5) {
    const runId = turn.answer.run!.id;
    const { status } = await demand<Run>(client, "POST", `/api/runs/${runId}/stop`);
    worker.acknowledgements.note(`run ${chatId} ${runId}`, status);
  }
}

async function sendMessage(worker: Worker, client: ApiClient): Promise<void> {
  const chatId = pick(worker.chats, worker.random);
  const parentId = chatId && (await readMessages(client, chatId)).at(-1)?.id;
  if (!parentId) {
    return;
  }
  const messageId = newId();
  const text = `And then, in ${messageId}?`;
  await worker.acknowledgements.change(`message ${chatId} ${messageId}`, text, async () => {
    const { status } = await ask(client, "POST", `/api/chats/${chatId}/messages`, { messageId, parentId, text });
    return judge(worker, "a message", status);
  });
}

async function renameChat(worker: Worker, client: ApiClient): Promise<void> {
  const chatId = pick(worker.chats, worker.random);
  if (chatId) {
    const title = `Title ${newId()}`;
    await worker.acknowledgements.change(`title ${chatId}`, title, async () => {
      const { status } = await ask(client, "PATCH", `/api/chats/${chatId}`, { title });
      return judge(worker, "a title", status);
    });
  }
}

async function deleteChat(worker: Worker, client: ApiClient): Promise<void> {
  const chatId = take(worker.chats, worker.random);
  if (chatId) {
    await worker.acknowledgements.change(`deletion ${chatId}`, true, async () => {
      const { status } = await ask(client, "DELETE", `/api/chats/${chatId}`);
      return judge(worker, "a deletion", status);
    });
  }
}

async function makeKey(worker: Worker, client: ApiClient): Promise<void> {
  const name = `Key ${newId()}`;
  await worker.acknowledgements.change(`key ${name}`, true, async () => {
    const { status, body } = await ask(client, "POST", "/api/api-keys", { name });
    worker.keys.push(...(status < 300 ? [{ id: (body as { key: { id: string } }).key.id, name }] : []));
    return judge(worker, "a key", status);
  });
}

async function revokeKey(worker: Worker, client: ApiClient): Promise<void> {
  const key = take(worker.keys, worker.random);
  if (key) {
    await worker.acknowledgements.change(`key ${key.name}`, null, async () => {
      const { status } = await ask(client, "DELETE", `/api/api-keys/${key.id}`);
      return judge(worker, "a revocation", status);
    });
  }
}

async function makePerson(worker: Worker, client: ApiClient): Promise<void> {
  const { url } = await demand<{ url: string }>(client, "POST", "/api/invitations", { role: "member" });
  const email = `${newId()}@example.org`;
  const account = { name: "Somebody", email, password: "correct horse battery staple", token: url.split("token=")[1] };
  await worker.acknowledgements.change(`person ${email}`, ["member", "active"], async () => {
    // From another browser: here, the account would take the place of who is signed in.
    const elsewhere = { url: client.url, headers: { "content-type": "application/json" } };
    const { status } = await ask(elsewhere, "POST", "/api/invitations/accept", account);
    return judge(worker, "an account", status);
  });
  worker.people.push(email);
}

async function changePerson(worker: Worker, client: ApiClient): Promise<void> {
  const email = pick(worker.people, worker.random);
  const found = email && (await readAll<{ id: string }>(client, `/api/people?search=${encodeURIComponent(email)}`))[0];
  if (!found) {
    return;
  }
  const disabled = worker.random() < 0.5;
  const role = worker.random() < 0.5 ? "admin" : "member";
  await worker.acknowledgements.change(`person ${email}`, [role, disabled ? "disabled" : "active"], async () => {
    const { status } = await ask(client, "PATCH", `/api/people/${found.id}`, { role, disabled });
    return judge(worker, "a person's role", status);
  });
}

async function makeInvitation(worker: Worker, client: ApiClient): Promise<void> {
  const note = newId();
  await worker.acknowledgements.change(`invitation ${note}`, true, async () => {
    const { status, body } = await ask(client, "POST", "/api/invitations", { role: "member", note });
    worker.invitations.push(
      ...(status < 300 ? [`${(body as { invitation: { id: string } }).invitation.id} ${note}`] : []),
    );
    return judge(worker, "an invitation", status);
  });
}

async function withdrawInvitation(worker: Worker, client: ApiClient): Promise<void> {
  const [id, note] = take(worker.invitations, worker.random)?.split(" ") ?? [];
  if (id) {
    await worker.acknowledgements.change(`invitation ${note}`, null, async () => {
      const { status } = await ask(client, "DELETE", `/api/invitations/${id}`);
      return judge(worker, "a withdrawal", status);
    });
  }
}

/** What people do most stands here more than once. */
const works: readonly Work[] = [startChat, sendMessage, renameChat, startChat, sendMessage, makeKey].concat([
  deleteChat,
  revokeKey,
  makePerson,
  changePerson,
  makeInvitation,
  withdrawInvitation,
  ...providerWorks,
]);
