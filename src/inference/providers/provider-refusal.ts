// What a service outside answers instead of an answer, as one of our errors: its own sentence is kept, bounded and without
// anything that looks like a key.
import * as z from "zod/mini";
import { type ReasonCode, sayReason } from "../../contract/reasons.ts";
import { AppError } from "../../platform/errors.ts";
import type { ProviderAccess } from "./provider.ts";

const maxReasonCharacters = 300;
const maxWaitSeconds = 3_600;

const text = z.optional(z.nullable(z.union([z.string(), z.number()])));
/** OpenAI's form, and those of the servers that shorten it. */
const ErrorBody = z.union([
  z.looseObject({ error: z.looseObject({ message: text, code: text, type: text }) }),
  z.looseObject({ error: z.string() }),
  z.looseObject({ object: z.literal("error"), message: text, code: text, type: text }),
  z.looseObject({ detail: z.union([z.string(), z.array(z.unknown())]) }),
  z.looseObject({ message: z.string(), code: text }),
]);

export interface RefusalWords {
  readonly reason: string;
  /** Where the reason is ours, as the service gave none. */
  readonly own?: { readonly reasonCode: ReasonCode; readonly number?: number };
  readonly code: string;
}

/** Null where the value is no error. */
export function readRefusal(value: unknown, key: string | null): RefusalWords | null {
  const parsed = z.safeParse(ErrorBody, value);
  if (!parsed.success) return null;
  const body = parsed.data as Record<string, unknown>;
  const error = (typeof body["error"] === "object" ? body["error"] : body) as Record<string, unknown>;
  const message = error["message"] ?? body["error"] ?? body["detail"];
  const said = typeof message === "string" ? message : JSON.stringify(message ?? "");
  const codes = [error["code"], error["type"]].filter((code) => code !== null && code !== undefined);
  return { ...wordsOf(said, key), code: codes.map(String).join(" ") };
}

/** What a service said, or that it said nothing. */
export function wordsOf(said: string, key: string | null): Omit<RefusalWords, "code"> {
  const reason = readableReason(said, key);
  if (reason !== "") return { reason };
  const reasonCode = "service_says_nothing";
  return { reason: sayReason(reasonCode), own: { reasonCode } };
}

/** One line, of bounded length, without control characters and without keys. */
function readableReason(said: string, key: string | null): string {
  const withoutKey = key === null || key === "" ? said : said.replaceAll(key, "…");
  const line = withoutKey
    // oxlint-disable-next-line no-control-regex -- taking them out is the point
    .replace(/[\u0000-\u001F\u007F-\u009F\u200B-\u200F\u202A-\u202E\u2066-\u2069]+/g, " ")
    .replace(/\b(?:sk|pk|gsk|xai|key|rk)[-_][\w*.-]{4,}/gi, "…")
    .replace(/\bBearer\s+\S+/gi, "Bearer …")
    .replace(/\s+/g, " ")
    .trim()
    // Our own sentence ends with a full stop.
    .replace(/[.。।]+$/, "");
  return line.length > maxReasonCharacters ? `${line.slice(0, maxReasonCharacters).toWellFormed()}…` : line;
}

const tooLong = /context.?length|maximum context|context window|too many tokens|prompt is too long|max.*input.*length/i;
const outOfCredit = /insufficient_quota|insufficient.?balance|insufficient.?credit|billing|arrearage|payment/i;

export interface Refused {
  readonly status: number;
  readonly words: RefusalWords;
  readonly retryAfter?: string | string[] | undefined;
  readonly model: string;
}

export function refusalError(
  { name: provider }: Pick<ProviderAccess, "name">,
  { status, words: { reason, own, code }, retryAfter, model }: Refused,
): AppError {
  const said = { reason, ...own };
  if (status === 402 || outOfCredit.test(code) || (status === 429 && outOfCredit.test(reason))) {
    return new AppError("provider_out_of_credit", { provider, ...said });
  }
  if (status === 401 || status === 403) return new AppError("provider_key_refused", { provider, ...said });
  if (status === 413 || tooLong.test(code) || tooLong.test(reason)) {
    return new AppError("provider_context_exceeded", { provider, model });
  }
  if (status === 404) return new AppError("provider_model_missing", { provider, model });
  if (status === 429) return new AppError("provider_busy", { provider, seconds: waitSeconds(retryAfter) });
  return status >= 500
    ? new AppError("provider_failed", { provider, ...said })
    : new AppError("provider_refused", { provider, ...said });
}

/** Seconds or a date; without either, a guess that is no storm. */
function waitSeconds(header: string | string[] | undefined): number {
  const value = typeof header === "string" ? header.trim() : "";
  const seconds = /^\d+(\.\d+)?$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.min(maxWaitSeconds, Math.max(1, Math.ceil(seconds))) : 20;
}
