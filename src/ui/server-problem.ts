// What a failed call throws: the server's error with its code, or `network` when no answer came.
import type { ErrorBody } from "../contract/error-codes.ts";
import type { Catalogue } from "./i18n/en.ts";

type Details = Readonly<Record<string, string | number>>;

export class ServerProblem extends Error {
  override readonly name = "ServerProblem";
  /** A code of contract/error-codes.ts, or `network`. */
  readonly code: string;
  readonly status: number;
  readonly details: Readonly<Record<string, string | number>>;
  readonly requestId: string | null;

  constructor(code: string, message: string, status: number, details = {}, requestId: string | null = null) {
    super(message);
    this.code = code;
    this.status = status;
    this.details = details;
    this.requestId = requestId;
  }
}

export async function readProblem(response: Response): Promise<ServerProblem> {
  const requestId = response.headers.get("x-request-id");
  const body = (await response.json().catch(() => null)) as ErrorBody | null;
  if (body === null || typeof body !== "object" || !("error" in body)) {
    return new ServerProblem("internal_error", response.statusText, response.status, {}, requestId);
  }
  const { code, message, details, requestId: bodyId } = body.error;
  return new ServerProblem(code, message, response.status, details, bodyId ?? requestId);
}

export function isOffline(problem: unknown): boolean {
  return problem instanceof ServerProblem && problem.code === "network";
}

/** The sentence for a problem in the member's language; an unknown code keeps the server's own sentence. */
export function describeProblem(problem: unknown, text: Catalogue): string {
  if (!(problem instanceof ServerProblem)) return text.errors.internal_error;
  return describeCode(problem.code, problem.message, problem.details, text);
}

export function describeCode(code: string, message: string, details: Details, text: Catalogue): string {
  const entry = Object.hasOwn(text.errors, code) ? text.errors[code as keyof Catalogue["errors"]] : undefined;
  if (typeof entry === "string") return entry;
  // A sentence with numbers needs all of them; without details the server's sentence has them filled in.
  if (entry === undefined || Object.keys(details).length === 0) return message;
  return (entry as (details: Details) => string)(inWordsOf(details, text));
}

/**
 * The reason in the details as this language says it. What has no code of ours is somebody else's words (a service's, the
 * engine's, the system's): those stay as they are, and are marked as such.
 */
function inWordsOf(details: Details, text: Catalogue): Details {
  const { causeCode, causeProblem = "", ...own } = details;
  const { reasonCode, problem, reason } = own;
  if (typeof causeCode === "string") {
    const words = String(problem);
    return { ...own, problem: causeIn(causeCode, words, { ...own, problem: causeProblem }, text) };
  }
  if (typeof reasonCode === "string") {
    const words = text.reason({ code: reasonCode, words: String(problem ?? reason), parts: details });
    return { ...details, problem: words, reason: words };
  }
  return {
    ...details,
    ...(problem === undefined ? {} : { problem: text.quoted({ words: String(problem) }) }),
    ...(reason === undefined ? {} : { reason: text.inTheirWords({ words: String(reason) }) }),
  };
}

/** A reason that is an error of its own, as a part of the sentence: without its full stop. */
function causeIn(code: string, words: string, details: Details, text: Catalogue): string {
  if (!Object.hasOwn(text.errors, code)) return text.quoted({ words });
  return describeCode(code, words, details, text).replace(/[.।]$/, "");
}

/** A reason that stands alone. */
export function describeReason(details: Details, text: Catalogue): string {
  return String(inWordsOf(details, text)["problem"]);
}
