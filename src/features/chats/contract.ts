// Chats, their messages (a tree: every message has a parent) and runs (the making of one answer, followed by event).
import * as z from "zod/mini";
import { endpoint } from "../../contract/endpoint.ts";
import { Id, Timestamp } from "../../contract/id.ts";
import { page, PageQuery } from "../../contract/page.ts";

export const maxMessageCharacters = 200_000;
export const maxTitleCharacters = 200;

export const Chat = z.object({
  id: Id,
  title: z.string(),
  /** The model chosen for the next answer; null means the default one. */
  modelId: z.nullable(z.string()),
  createdAt: Timestamp,
  /** When the last message came. */
  updatedAt: Timestamp,
});
export type Chat = z.infer<typeof Chat>;

/** `interrupted`: the server stopped in the middle; what had arrived is kept and can be continued. */
export const RunStatus = z.enum(["queued", "running", "done", "stopped", "failed", "interrupted"]);
export type RunStatus = z.infer<typeof RunStatus>;

/** The details are the numbers and names in the message, for saying it in another language. */
export const RunFailure = z.object({
  code: z.string(),
  message: z.string(),
  details: z.optional(z.record(z.string(), z.union([z.string(), z.number()]))),
});
export type RunFailure = z.infer<typeof RunFailure>;

export const Run = z.object({
  id: Id,
  status: RunStatus,
  modelId: z.string(),
  modelName: z.string(),
  /** "here" or the provider's name. */
  madeBy: z.string(),
  finishReason: z.nullable(z.enum(["stop", "length"])),
  failure: z.nullable(RunFailure),
  promptTokens: z.nullable(z.number()),
  cachedTokens: z.nullable(z.number()),
  completionTokens: z.nullable(z.number()),
  /** Of the completion tokens; null where nobody has counted them. */
  reasoningTokens: z.nullable(z.number()),
  startedAt: Timestamp,
  endedAt: z.nullable(Timestamp),
});
export type Run = z.infer<typeof Run>;

export const Message = z.object({
  id: Id,
  chatId: Id,
  parentId: z.nullable(Id),
  role: z.enum(["user", "assistant"]),
  text: z.string(),
  /** What the model thought before it said this, and for how long; no part of the answer. */
  reasoning: z.string(),
  reasoningMs: z.number(),
  /** For an answer: how it was made. */
  run: z.nullable(Run),
  /** All messages with the same parent, oldest first, this one included: retries are branches. */
  siblingIds: z.array(Id),
  createdAt: Timestamp,
});
export type Message = z.infer<typeof Message>;

const chatParams = z.object({ chatId: Id });
const messageParams = z.object({ chatId: Id, messageId: Id });
const runParams = z.object({ runId: Id });
const text = z.string().check(z.minLength(1), z.maxLength(maxMessageCharacters));
const modelId = z.optional(z.string().check(z.maxLength(200)));

/** What a send or a retry made: the question (null for a retry) and the answer that is being written. */
export const Turn = z.object({ chat: Chat, question: z.nullable(Message), answer: Message });
export type Turn = z.infer<typeof Turn>;

export const listChats = endpoint({
  method: "GET",
  path: "/api/chats",
  summary: "List own chats, the latest first",
  access: "member",
  query: PageQuery,
  response: page(Chat),
});

export const startChat = endpoint({
  method: "POST",
  path: "/api/chats",
  summary: "Start a chat with a first message; a repeated call with the same ids changes nothing",
  access: "member",
  body: z.object({ chatId: Id, messageId: Id, text, modelId }),
  response: Turn,
  status: 201,
});

export const getChat = endpoint({
  method: "GET",
  path: "/api/chats/:chatId",
  summary: "Read a chat",
  access: "member",
  resource: "chat",
  params: chatParams,
  response: Chat,
});

export const updateChat = endpoint({
  method: "PATCH",
  path: "/api/chats/:chatId",
  summary: "Rename a chat or choose its model",
  access: "member",
  resource: "chat",
  params: chatParams,
  body: z.object({
    title: z.optional(z.string().check(z.trim(), z.minLength(1), z.maxLength(maxTitleCharacters))),
    modelId: z.optional(z.nullable(z.string().check(z.maxLength(200)))),
  }),
  response: Chat,
});

export const deleteChat = endpoint({
  method: "DELETE",
  path: "/api/chats/:chatId",
  summary: "Delete a chat; it can be restored for a while",
  access: "member",
  resource: "chat",
  params: chatParams,
});

export const restoreChat = endpoint({
  method: "POST",
  path: "/api/chats/:chatId/restore",
  summary: "Undo the deletion of a chat",
  access: "member",
  resource: "chat",
  params: chatParams,
  response: Chat,
});

export const listMessages = endpoint({
  method: "GET",
  path: "/api/chats/:chatId/messages",
  access: "member",
  resource: "chat",
  summary:
    "Read the chosen branch of a chat from its end backwards; `items` is oldest first, the cursor leads to older ones",
  params: chatParams,
  query: PageQuery,
  response: page(Message),
});

export const sendMessage = endpoint({
  method: "POST",
  path: "/api/chats/:chatId/messages",
  summary: "Send a message and start its answer",
  access: "member",
  resource: "chat",
  params: chatParams,
  body: z.object({ messageId: Id, parentId: z.nullable(Id), text, modelId }),
  response: Turn,
  status: 201,
});

export const retryMessage = endpoint({
  method: "POST",
  path: "/api/chats/:chatId/messages/:messageId/retry",
  summary: "Make another answer beside this one; a repeated call with the same answerId changes nothing",
  access: "member",
  resource: "chat",
  params: messageParams,
  /** `answerId`: the id of the answer that is to be made. */
  body: z.object({ answerId: z.optional(Id), modelId }),
  response: Turn,
  status: 201,
});

export const chooseBranch = endpoint({
  method: "POST",
  path: "/api/chats/:chatId/messages/:messageId/choose",
  summary: "Show the branch that this message is on",
  access: "member",
  resource: "chat",
  params: messageParams,
});

export const continueRun = endpoint({
  method: "POST",
  path: "/api/runs/:runId/continue",
  summary:
    "Go on with an interrupted or stopped answer, or one cut by its length; a repeated call with the same nextRunId changes nothing",
  access: "member",
  resource: "run",
  params: runParams,
  /** `nextRunId`: the id of the run that goes on. */
  body: z.object({ nextRunId: z.optional(Id) }),
  response: Turn,
});

export const stopRun = endpoint({
  method: "POST",
  path: "/api/runs/:runId/stop",
  summary: "Stop an answer; what has arrived stays",
  access: "member",
  resource: "run",
  params: runParams,
  response: Run,
});

const position = z.optional(z.coerce.number().check(z.int(), z.minimum(0)));

/**
 * Events of one run. The SSE id of a delta is the length of the answer's text (UTF-16 units) after it, and behind a
 * hyphen, where the model thinks, that of its thinking: Last-Event-ID resumes exactly there. `ms` is how long it has
 * thought so far. `queue-position` and `model-loading` tell what a wait is for and have no id.
 */
export const RunEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("queue-position"), position: z.number(), estimatedMs: z.nullable(z.number()) }),
  z.object({ type: z.literal("model-loading"), percent: z.number() }),
  z.object({ type: z.literal("reasoning-delta"), text: z.string(), ms: z.number() }),
  z.object({ type: z.literal("text-delta"), text: z.string() }),
  z.object({ type: z.literal("run-end"), run: Run }),
]);
export type RunEvent = z.infer<typeof RunEvent>;

export const followRun = endpoint({
  method: "GET",
  path: "/api/runs/:runId/events",
  summary: "Follow an answer while it is written",
  access: "member",
  resource: "run",
  params: runParams,
  query: z.object({ after: position, afterReasoning: position }),
  events: RunEvent,
});
