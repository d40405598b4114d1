// Tries a service before anybody relies on it: does it speak the API, does it take the key, which models has it. What is
// wrong is thrown in words.
import * as z from "zod/mini";
import { AppError } from "../../platform/errors.ts";
import type { Egress, EgressResponse } from "../../platform/egress/egress.ts";
import { readStart } from "../../platform/egress/read-body.ts";
import { findPreset } from "./catalogue.ts";
import { callOpenAiCompatible, readFailure } from "./openai-compatible-call.ts";
import { parseJson } from "./parse-json.ts";
import { type ProviderAccess, providerHeaders } from "./provider.ts";
import { notAllowed } from "../../platform/egress/resolve-target.ts";

const maxListBytes = 8_000_000;
const maxModels = 3_000;
export const maxRemoteIdCharacters = 150;
const timeouts = { connectMs: 10_000, firstByteMs: 30_000, idleMs: 30_000 };

export interface RemoteModel {
  /** As the provider calls it. */
  readonly id: string;
  readonly name: string;
  /** Null where it does not say. */
  readonly contextTokens: number | null;
}

export interface ProbeRequest {
  readonly egress: Egress;
  readonly access: ProviderAccess;
  /** One question is put to it where the service has no list. */
  readonly model: string | null;
  readonly signal: AbortSignal;
}

export interface Probed {
  /** Where it was found: with `/v1` where somebody had left that out. */
  readonly baseUrl: string;
  /** Null where it does not say which models it has. */
  readonly models: readonly RemoteModel[] | null;
}

/** Throws AppError provider_*, service_* or address_not_allowed. */
export async function probeProvider(request: ProbeRequest): Promise<Probed> {
  const { access } = request;
  let notFound: AppError | undefined;
  for (const baseUrl of candidates(access.baseUrl)) {
    const at = { ...request, access: { ...access, baseUrl } };
    const models = await readList(at);
    if (models) {
      await checkKey(at);
      return { baseUrl, models };
    }
    try {
      if (request.model !== null) {
        await askOnce(at, request.model);
        return { baseUrl, models: null };
      }
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "provider_not_compatible") throw error;
      notFound = error;
    }
  }
  if (notFound) throw notFound;
  return { baseUrl: access.baseUrl, models: null };
}

/** What somebody pasted, as the address that paths are put behind. */
export function readBaseUrl(pasted: string): string {
  const text = pasted.trim();
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `${isNearby(text) ? "http" : "https"}://${text}`;
  const url = URL.canParse(address) ? new URL(address) : null;
  if (!url || url.hostname === "") {
    throw notAllowed(text.slice(0, 100), "address_not_web");
  }
  const path = url.pathname.replace(/\/+$/, "").replace(/\/(chat\/completions|completions|models)$/, "");
  const credentials = url.username === "" && url.password === "" ? "" : `${url.username}:${url.password}@`;
  return `${url.protocol}//${credentials}${url.host}${path.replace(/\/+$/, "")}`;
}

/** Servers on this machine and beside it seldom have a certificate. */
function isNearby(text: string): boolean {
  return /^(localhost|\[::1\]|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/i.test(text);
}

function candidates(baseUrl: string): string[] {
  return /\/v\d+\w*$/.test(baseUrl) ? [baseUrl] : [baseUrl, `${baseUrl}/v1`];
}

/** Null where there is no such list. */
async function readList({ egress, access, signal }: ProbeRequest): Promise<RemoteModel[] | null> {
  const response = await get(egress, access, "/models", signal);
  const { status } = response;
  if (status < 200 || status > 299) {
    const failure = await readFailure({ provider: access, model: "" }, response);
    const isMissing = [404, 405, 501].includes(status) || failure.code === "provider_not_compatible";
    if (isMissing) return null;
    throw failure;
  }
  return parseList(parseJson(String(await readStart(response.body, maxListBytes))));
}

function get(egress: Egress, access: ProviderAccess, path: string, signal: AbortSignal): Promise<EgressResponse> {
  const headers = providerHeaders(access);
  return egress.request(`${access.baseUrl}${path}`, { method: "GET", headers, signal, reach: "named", timeouts });
}

async function checkKey({ egress, access, signal }: ProbeRequest): Promise<void> {
  const { keyCheckPath } = findPreset(access.preset);
  if (keyCheckPath === null) return;
  const response = await get(egress, access, keyCheckPath, signal);
  if (response.status === 401 || response.status === 403) {
    throw await readFailure({ provider: access, model: "" }, response);
  }
  await readStart(response.body, 0);
}

async function askOnce({ egress, access, signal }: ProbeRequest, model: string): Promise<void> {
  const request = {
    model,
    messages: [{ role: "user" as const, content: "Hi" }],
    maxOutputTokens: 8,
    lane: "interactive" as const,
    userId: "test",
    cacheScope: "test",
    signal,
  };
  for await (const _event of callOpenAiCompatible({ egress, provider: access, model, request, timeouts })) return;
}

const text = z.string().check(z.trim(), z.minLength(1));
const size = z.optional(z.nullable(z.unknown()));
const Listed = z.looseObject({
  id: z.optional(text),
  name: z.optional(z.nullable(z.unknown())),
  context_length: size,
  context_window: size,
  max_model_len: size,
  max_context_length: size,
});
const List = z.union([z.looseObject({ data: z.array(z.unknown()) }), z.array(z.unknown())]);

/** What makes no text out of text is left out: it could be chosen, but never answer. */
const otherTasks =
  /embed|whisper|\btts\b|dall-e|moderation|transcri|realtime|rerank|speech|-image|stable-diffusion|sora|veo/i;

function parseList(value: unknown): RemoteModel[] | null {
  const list = z.safeParse(List, value);
  if (!list.success) return null;
  const rows = Array.isArray(list.data) ? list.data : list.data.data;
  const models = rows.flatMap((row): RemoteModel[] => {
    const listed = z.safeParse(Listed, row);
    const id = listed.success ? listed.data.id : undefined;
    if (!listed.success || id === undefined || !isRemoteId(id) || otherTasks.test(id)) return [];
    const { name, context_length, context_window, max_model_len, max_context_length } = listed.data;
    const sizes = [context_length, context_window, max_model_len, max_context_length];
    return [{ id, name: readableName(name) ?? id, contextTokens: sizes.find(isTokenCount) ?? null }];
  });
  const byId = new Map(models.map((model) => [model.id, model]));
  return [...byId.values()].toSorted((one, other) => one.id.localeCompare(other.id)).slice(0, maxModels);
}

export function isRemoteId(id: string): boolean {
  return id.length <= maxRemoteIdCharacters && /^[\x21-\x7E]+$/.test(id);
}

function isTokenCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}

function readableName(name: unknown): string | null {
  const line = typeof name === "string" ? name.replace(/[\p{C}\s]+/gu, " ").trim() : "";
  return line === "" || line.length > 120 ? null : line;
}
