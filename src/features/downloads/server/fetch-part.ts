// One file from a host to the disk: goes on where it was after a cut, and believes a host no more than its bytes prove.
import { setTimeout } from "node:timers/promises";
import { because, type ReasonCode } from "../../../contract/reasons.ts";
import type { EgressResponse } from "../../../platform/egress/egress.ts";
import { AppError } from "../../../platform/errors.ts";
import { writeBytes } from "../../models/server/upload-bytes.ts";
import type { DownloadPart } from "./download-notes.ts";
import type { ModelHost } from "./model-host.ts";

export interface FetchPart {
  readonly host: ModelHost;
  readonly path: string;
  /** Between attempts that bring nothing more; as many as there are, then the failure is told. */
  readonly patienceMs: readonly number[];
  readonly signal: AbortSignal;
  /** As bytes come; they may not be on disk yet. */
  onBytes(count: number): void;
  /** When more is on disk, or it begins anew. */
  keep(part: DownloadPart): Promise<void>;
  /** When the first bytes are on disk. Throws where they cannot become a model. */
  checkStart(): Promise<void>;
}

/** So much is lost by a crash at most. */
const sliceBytes = 32_000_000;
const sliceMs = 5_000;
const mostAskedWaitSeconds = 120;
const never = new Promise<never>(() => {});

/** Throws AppErrors of the connection and of the host, download_source_wrong, download_changed, disk_full. */
export async function fetchPart(wish: FetchPart, wanted: DownloadPart): Promise<DownloadPart> {
  const { signal, patienceMs } = wish;
  let part = wanted;
  let furthest = part.receivedBytes;
  let failures = 0;
  let isWithoutRange = false;
  const keep = async (next: DownloadPart): Promise<void> => {
    part = next;
    await wish.keep(next);
  };
  while (part.receivedBytes < part.sizeBytes) {
    if (isWithoutRange || !canGoOn(part)) part = { ...part, receivedBytes: 0 };
    try {
      await fetchOnce({ ...wish, keep }, part);
    } catch (error) {
      signal.throwIfAborted();
      const isRangeTrouble = error instanceof RangeTrouble;
      if (isRangeTrouble && isWithoutRange) throw error.told;
      const passes = isRangeTrouble || (error instanceof AppError && passing.has(error.code));
      if (!passes) throw error;
      isWithoutRange ||= isRangeTrouble;
      failures = part.receivedBytes > furthest ? 0 : failures + 1;
      furthest = Math.max(furthest, part.receivedBytes);
      const wait = isRangeTrouble ? 0 : patienceMs[Math.max(0, failures - 1)];
      if (wait === undefined) throw error;
      await setTimeout(Math.max(wait, askedWaitMs(error)), undefined, { signal });
    }
  }
  return part;
}

/** Codes of what may be over soon. */
const passing = new Set(["service_unreachable", "service_silent", "download_busy"]);

function askedWaitMs(error: unknown): number {
  const seconds = error instanceof AppError ? Number(error.details["retryAfterSeconds"] ?? 0) : 0;
  return Math.min(seconds, mostAskedWaitSeconds) * 1000;
}

/** The host's answer to a range makes no sense; it may do better without one. */
class RangeTrouble extends Error {
  readonly told: AppError;
  constructor(told: AppError) {
    super(told.message);
    this.told = told;
  }
}

/** Only what is known to be the same is added to: by the hash at the end, or by the version that the host names. */
function canGoOn({ sha256, etag }: DownloadPart): boolean {
  return sha256 !== null || etag !== null;
}

async function fetchOnce(wish: FetchPart, part: DownloadPart): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([wish.signal, over.signal]);
  try {
    const response = await wish.host.open(part.url, rangeHeaders(part), signal);
    const host = new URL(part.url).host;
    const receivedBytes = startOf(response, part, host);
    const isNew = receivedBytes === 0;
    let next = { ...part, receivedBytes, etag: isNew ? etagOf(response) : part.etag };
    checkVersion(response, next, host);
    if (isNew && part.receivedBytes > 0) await wish.keep(next);
    const pieces = response.body[Symbol.asyncIterator]();
    let isOver = false;
    const slice = (): AsyncIterable<Uint8Array> => takeSlice(pieces, next, host, wish.onBytes, () => (isOver = true));
    while (!isOver && next.receivedBytes < next.sizeBytes) {
      const isStart = next.receivedBytes === 0;
      const { end, error } = await writeBytes(wish.path, next, slice(), never);
      next = { ...next, receivedBytes: end };
      await wish.keep(next);
      if (isStart && end > 0) await wish.checkStart();
      if (error !== null) throw error;
    }
    if (next.receivedBytes < next.sizeBytes)
      throw new AppError("service_unreachable", { host, ...because("broke_off") });
  } finally {
    over.abort();
  }
}

function rangeHeaders({ receivedBytes, etag, sha256 }: DownloadPart): Record<string, string> {
  if (receivedBytes === 0) return {};
  // With a hash, each host that holds the same bytes is as good, whatever it calls them.
  return { range: `bytes=${receivedBytes}-`, ...(etag !== null && sha256 === null ? { "if-range": etag } : {}) };
}

/** At which byte the answer begins. */
function startOf({ status, headers }: EgressResponse, part: DownloadPart, host: string): number {
  const { receivedBytes, sizeBytes } = part;
  const wrong = (reason: ReasonCode): AppError => new AppError("download_source_wrong", { host, ...because(reason) });
  if (headers["content-encoding"] !== undefined && headers["content-encoding"] !== "identity") {
    throw wrong("download_encoded");
  }
  if (status === 416) throw new RangeTrouble(wrong("download_range_wrong"));
  const length = headers["content-length"] === undefined ? null : Number(headers["content-length"]);
  if (status === 206) {
    const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(String(headers["content-range"] ?? ""));
    const [start, last, total] = (range ?? []).slice(1).map(Number);
    const isRight = start === receivedBytes && last === sizeBytes - 1 && (total === sizeBytes || Number.isNaN(total));
    if (!isRight || (length !== null && length !== sizeBytes - receivedBytes)) {
      throw new RangeTrouble(wrong("download_range_wrong"));
    }
    return receivedBytes;
  }
  // The whole: the host knows no ranges, or has another version now.
  if (length !== null && length !== sizeBytes) throw new AppError("download_changed", { host });
  return 0;
}

function checkVersion({ headers, sentOnBy }: EgressResponse, { sha256, sizeBytes }: DownloadPart, host: string): void {
  for (const said of [...sentOnBy, headers]) {
    const linked = hashOfEtag(said["x-linked-etag"]);
    const size = said["x-linked-size"];
    const isOther =
      (linked !== null && sha256 !== null && linked !== sha256) || (size !== undefined && Number(size) !== sizeBytes);
    if (isOther) throw new AppError("download_changed", { host });
  }
}

/** Hosts like Hugging Face name a large file by its SHA-256. */
export function hashOfEtag(etag: string | string[] | undefined): string | null {
  return /^(?:W\/)?"?([0-9a-f]{64})"?$/.exec(String(etag ?? ""))?.[1] ?? null;
}

/** A weak one does not promise the same bytes. */
export function etagOf({ headers }: Pick<EgressResponse, "headers">): string | null {
  const { etag } = headers;
  return typeof etag === "string" && /^"[^"]*"$/.test(etag) ? etag : null;
}

/** As much of the body as is kept at once; `whenOver` is called at its end. */
async function* takeSlice(
  pieces: AsyncIterator<Uint8Array>,
  { receivedBytes, sizeBytes }: DownloadPart,
  host: string,
  onBytes: (count: number) => void,
  whenOver: () => void,
): AsyncGenerator<Uint8Array> {
  const until = performance.now() + sliceMs;
  for (let taken = 0; taken < sliceBytes && performance.now() < until;) {
    const { value, done } = await pieces.next();
    if (done === true) return whenOver();
    taken += value.length;
    if (receivedBytes + taken > sizeBytes) {
      throw new AppError("download_source_wrong", { host, ...because("download_too_long") });
    }
    onBytes(value.length);
    yield value;
  }
}
