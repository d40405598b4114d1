// What the fake server knows: a few chats, models and keys, and how an answer grows.
import type { ApiKey } from "../../src/features/api-keys/contract.ts";
import type { Chat, Message, Run, RunEvent, Turn } from "../../src/features/chats/contract.ts";
import type { Model } from "../../src/features/models/contract.ts";
import { seedDownloads } from "./fake-api-downloads.ts";
import { seedFound, seedUploads } from "./fake-api-models.ts";
import { seedProviders } from "./fake-api-providers.ts";
import type { Invitation, Person } from "../../src/features/users/people-contract.ts";
import type { User } from "../../src/features/users/contract.ts";
import {
  fakeId,
  seedApiKeys,
  seedBackups,
  seedChats,
  seedEngines,
  seedInvitations,
  seedMessages,
  seedModels,
  seedPeople,
  seedUpgrade,
  seedUser,
} from "./fake-api-seed.ts";

export interface FakeOptions {
  readonly webFolder: string;
  readonly port?: number;
  readonly isSignedOut?: boolean;
  readonly isUnclaimed?: boolean;
  readonly isEmpty?: boolean;
  /** The id of a chosen default that has gone. */
  readonly missingDefault?: string;
  /** One download in each state; none by default. */
  readonly hasDownloads?: boolean;
  /** Of the signed-in person; owner by default. */
  readonly role?: User["role"];
  /** The organisation's name; none by default. */
  readonly organisation?: string;
  /** Two-factor is on: signing in takes a second step. */
  readonly hasTwoFactor?: boolean;
  /** The time that seeded data is relative to; the real one by default. */
  readonly now?: number;
  /** Contract paths that answer with an error, or never. */
  readonly failing?: readonly string[];
  readonly hanging?: readonly string[];
  readonly language?: "en" | "bn";
  readonly backups?: "running" | "problem";
  /** What the model thought before the answers that are there. */
  readonly reasoning?: string;
  /** The server was upgraded: nobody knows yet, or it changed no data. */
  readonly upgraded?: "unseen" | "program alone";
  /** Nobody asks a model anything now. */
  readonly isIdle?: boolean;
  /** What a new answer says, in pieces. */
  readonly answer?: readonly string[];
  readonly tickMs?: number;
  /** Events before the first piece. */
  readonly waits?: readonly RunEvent[];
  /** Streams send what is there and then stay silent. */
  readonly isFrozen?: boolean;
}

/** The real server's. */
export const contentSecurityPolicy =
  "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

const defaultAnswer = [
  "A well-set ",
  "page is quiet. ",
  "**Ink** on paper, ",
  "one accent, ",
  "and room to read.\n\n",
  "- first\n",
  "- second\n\n",
  "That is all.",
];

export type FakeState = ReturnType<typeof createFakeState>;

export function createFakeState(options: FakeOptions) {
  const language = options.language ?? "en";
  const seedTime = options.now ?? Date.now();
  const pieces = options.answer ?? defaultAnswer;
  let chats: Chat[] = options.isEmpty === true ? [] : seedChats(language, seedTime);
  const messages: Message[] = options.isEmpty === true ? [] : seedMessages(language, chats);
  for (const message of options.reasoning === undefined ? [] : messages) {
    if (message.role === "assistant")
      Object.assign(message, { reasoning: options.reasoning, reasoningMs: 12_000 } satisfies Partial<Message>);
  }
  const chosen = new Set(messages.map((message) => message.id));
  const deleted = new Set<string>();
  const queues = new Map<string, string[]>();
  const owner: User = { ...seedUser(language, seedTime), role: options.role ?? "owner" };

  const chat = (id: string | undefined) => chats.find((item) => item.id === id && !deleted.has(item.id));
  const branch = (chatId: string) => {
    const all = messages.filter((message) => message.chatId === chatId);
    const line: Message[] = [];
    for (let parent: string | null = null; ;) {
      const siblings = all.filter((message) => message.parentId === parent);
      const next = siblings.find((message) => chosen.has(message.id)) ?? siblings.at(-1);
      if (next === undefined) return line;
      line.push({ ...next, siblingIds: siblings.map((message) => message.id) });
      parent = next.id;
    }
  };
  const patch = (id: string, change: Partial<Message>) => {
    const at = messages.findIndex((message) => message.id === id);
    const before = messages[at];
    if (before !== undefined) messages[at] = { ...before, ...change };
    return messages[at];
  };
  const newAnswer = (chatId: string, parentId: string): Message => {
    const model = state.models.find((item) => item.isDefault);
    const run: Run = {
      id: fakeId(),
      status: "running",
      modelId: model?.id ?? "none",
      modelName: model?.name ?? "none",
      madeBy: "here",
      finishReason: null,
      failure: null,
      promptTokens: null,
      cachedTokens: null,
      completionTokens: null,
      reasoningTokens: null,
      startedAt: Date.now(),
      endedAt: null,
    };
    const answer: Message = {
      id: fakeId(),
      chatId,
      parentId,
      role: "assistant",
      text: "",
      reasoning: "",
      reasoningMs: 0,
      run,
      siblingIds: [],
      createdAt: Date.now(),
    };
    for (const sibling of messages) if (sibling.parentId === parentId) chosen.delete(sibling.id);
    messages.push(answer);
    chosen.add(answer.id);
    queues.set(answer.id, [...pieces]);
    return branch(chatId).find((message) => message.id === answer.id) ?? answer;
  };
  const turnOf = (chatId: string, question: Message | null, answer: Message): Turn | undefined => {
    const found = chat(chatId);
    return found === undefined ? undefined : { chat: found, question, answer };
  };
  const endRun = (message: Message, change: Partial<Run>) =>
    message.run === null ? undefined : patch(message.id, { run: { ...message.run, endedAt: Date.now(), ...change } });

  const signedIn: User | null = options.isSignedOut === true ? null : owner;
  const state = {
    options,
    me: signedIn,
    organisation: options.organisation ?? "",
    providers: options.isEmpty === true ? [] : seedProviders(),
    models: options.isEmpty === true ? [] : seedModels(),
    found: options.isEmpty === true ? [] : seedFound(),
    uploads: options.isEmpty === true ? [] : seedUploads(),
    downloads: options.hasDownloads === true ? seedDownloads() : [],
    missingDefault: options.missingDefault ?? null,
    addModel(name: string, kind: NonNullable<Model["place"]>["kind"]): Model {
      const [like] = seedModels();
      if (like === undefined) throw new Error("there is no model to copy");
      const placeId = kind === "models-folder" ? null : fakeId();
      const place = { kind, path: `/srv/models/${name}`, placeId };
      const id = name.toLowerCase().replace(/\W+/g, "-");
      const model: Model = {
        ...like,
        id,
        name,
        place,
        isStarter: false,
        isDefault: false,
        speed: null,
        state: { status: "idle" },
      };
      state.models = [...state.models, model];
      return model;
    },
    apiKeys: options.isEmpty === true ? [] : seedApiKeys(seedTime),
    people: seedPeople(owner, language, seedTime).filter(
      (person) => options.isEmpty !== true || person.id === owner.id,
    ),
    invitations: options.isEmpty === true ? [] : seedInvitations(language, seedTime),
    backups: seedBackups(seedTime, options.backups ?? (options.isEmpty === true ? "empty" : "full")),
    engines: options.isEmpty === true ? [] : seedEngines(language, options.isIdle === true),
    upgrade: seedUpgrade(seedTime, options.upgraded),
    offline: false,
    failing: options.failing ?? [],
    /** Contract paths that find no room on the disk. */
    full: [] as readonly string[],
    dropStreams: false,
    signIn: () => (state.me = owner),
    tick: () => new Promise<void>((resolve) => setTimeout(resolve, options.tickMs ?? 20)),
    chat,
    changeBackups(change: Record<string, unknown>) {
      const { schedule = {}, passphrase } = change;
      state.backups = {
        ...state.backups,
        schedule: { ...state.backups.schedule, ...(schedule as object) },
        hasPassphrase: passphrase === undefined ? state.backups.hasPassphrase : passphrase !== null,
      };
      return state.backups;
    },
    startBackup() {
      state.backups = { ...state.backups, running: { phase: "starting", percent: null } };
      return state.backups;
    },
    chatPage(cursor: string | null, limit: number) {
      const own = chats
        .filter((item) => !deleted.has(item.id))
        .toSorted((first, second) => second.updatedAt - first.updatedAt);
      const from = Number(cursor ?? 0);
      return {
        items: own.slice(from, from + limit),
        nextCursor: own.length > from + limit ? String(from + limit) : null,
      };
    },
    messagePage(chatId: string, cursor: string | null) {
      if (chat(chatId) === undefined) return undefined;
      const line = branch(chatId);
      const end = cursor === null ? line.length : Number(cursor);
      const from = Math.max(0, end - 40);
      return { items: line.slice(from, end), nextCursor: from > 0 ? String(from) : null };
    },
    send(chatId: string, body: Record<string, unknown>) {
      const known = messages.find((message) => message.id === body["messageId"]);
      if (known !== undefined) {
        const answer = branch(chatId).find((message) => message.parentId === known.id);
        return answer === undefined ? undefined : turnOf(chatId, known, answer);
      }
      const text = String(body["text"]);
      const now = Date.now();
      if (chat(chatId) === undefined) {
        if (body["chatId"] === undefined) return undefined;
        chats = [{ id: chatId, title: text.slice(0, 60), modelId: null, createdAt: now, updatedAt: now }, ...chats];
      }
      chats = chats.map((item) => (item.id === chatId ? { ...item, updatedAt: now } : item));
      const parentId = (body["parentId"] ?? null) as string | null;
      const question: Message = {
        id: String(body["messageId"]),
        chatId,
        parentId,
        role: "user",
        text,
        reasoning: "",
        reasoningMs: 0,
        run: null,
        siblingIds: [String(body["messageId"])],
        createdAt: now,
      };
      messages.push(question);
      chosen.add(question.id);
      return turnOf(chatId, question, newAnswer(chatId, question.id));
    },
    updateChat(chatId: string, change: Record<string, unknown>) {
      chats = chats.map((item) => (item.id === chatId ? { ...item, ...change } : item));
      return chat(chatId);
    },
    setDeleted: (chatId: string, isDeleted: boolean) => (isDeleted ? deleted.add(chatId) : deleted.delete(chatId)),
    retry(messageId: string) {
      const old = messages.find((message) => message.id === messageId);
      if (old?.parentId === null || old === undefined) return undefined;
      return turnOf(old.chatId, null, newAnswer(old.chatId, old.parentId));
    },
    choose(messageId: string) {
      const wanted = messages.find((message) => message.id === messageId);
      for (const message of messages) if (message.parentId === wanted?.parentId) chosen.delete(message.id);
      chosen.add(messageId);
    },
    answerOf: (runId: string) => messages.find((message) => message.run?.id === runId),
    continueRun(runId: string) {
      const message = state.answerOf(runId);
      if (message?.run == null) return undefined;
      queues.set(message.id, [" It went on", " from there."]);
      const run: Run = { ...message.run, id: fakeId(), status: "running", endedAt: null, finishReason: null };
      const answer = patch(message.id, { run });
      const shown = branch(message.chatId).find((item) => item.id === answer?.id);
      return shown === undefined ? undefined : turnOf(message.chatId, null, shown);
    },
    stopRun(runId: string) {
      const message = state.answerOf(runId);
      return message === undefined ? undefined : endRun(message, { status: "stopped" })?.run;
    },
    /** One more piece of an answer; at the end its run is done. */
    grow(messageId: string) {
      const message = messages.find((item) => item.id === messageId);
      if (message?.run?.status !== "running") return;
      const piece = queues.get(messageId)?.shift();
      if (piece === undefined) endRun(message, { status: "done", finishReason: "stop", completionTokens: 40 });
      else patch(messageId, { text: message.text + piece });
    },
    loadModel(modelId: string) {
      state.models = state.models.map((model) =>
        model.id === modelId ? { ...model, state: { status: "loading" as const, percent: 40 } } : model,
      );
      return state.models.find((model) => model.id === modelId);
    },
    person: (id: string | undefined) => state.people.find((person) => person.id === id),
    changePerson(id: string | undefined, change: Partial<Person>) {
      state.people = state.people.map((person) => (person.id === id ? { ...person, ...change } : person));
      return state.person(id);
    },
    invite(role: User["role"], note: string) {
      const expiresAt = seedTime + 7 * 86_400_000;
      const rest = { state: "open" as const, acceptedBy: null, invitedBy: owner.name };
      const invitation: Invitation = { id: fakeId(), role, note, createdAt: seedTime, expiresAt, ...rest };
      state.invitations = [invitation, ...state.invitations];
      return { invitation, url: `https://chat.example.org/invite#token=${"Zt4fakeFAKE".repeat(4).slice(0, 43)}` };
    },
    createApiKey(name: string) {
      const key: ApiKey = { id: fakeId(), name, prefix: "sk-shobar-Zt4", createdAt: Date.now(), lastUsedAt: null };
      state.apiKeys = [key, ...state.apiKeys];
      return { key, secret: "sk-shobar-Zt4fakeFakeFAKEfake0123456789abcdefghij" };
    },
  };
  return state;
}
