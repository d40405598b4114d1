// Why a host did not give a file, by the status of its answer.
import type { EgressResponse } from "../../../platform/egress/egress.ts";
import { AppError } from "../../../platform/errors.ts";

const busy = new Set([408, 429, 500, 502, 503, 504]);

/** Null where it did: 200, 206, or 416, which the range explains. */
export function refusalOf({ status, headers, sentOnBy }: EgressResponse, url: string): AppError | null {
  if (status === 200 || status === 206 || status === 416) return null;
  const { host, pathname } = new URL(url);
  const file = pathname.slice(1);
  // Hugging Face says 401 of what does not exist, too, to those who are not signed in.
  const said = [...sentOnBy, headers].map((each) => each["x-error-code"]).find((code) => code !== undefined);
  if (status === 404 || status === 410 || said === "RepoNotFound" || said === "EntryNotFound") {
    return new AppError("download_not_found", { host, file });
  }
  if (status === 401 || status === 403) return new AppError("download_needs_token", { host, file });
  if (busy.has(status)) {
    const seconds = Number(headers["retry-after"] ?? 0);
    return new AppError("download_busy", { host, status, retryAfterSeconds: seconds > 0 ? Math.ceil(seconds) : 0 });
  }
  return new AppError("download_refused", { host, file, status });
}
