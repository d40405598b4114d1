// What there is to fetch: each file with its address, size and, where the host says it, its hash.
import { basename } from "node:path";
import { partOf, pathOfPart } from "../../../inference/local/model-file-parts.ts";
import { because } from "../../../contract/reasons.ts";
import { AppError } from "../../../platform/errors.ts";
import { partNames } from "../../models/server/place-model.ts";
import { safeModelName } from "../../models/server/place-upload.ts";
import { chooseFiles, type RepositoryFile } from "./choose-files.ts";
import type { DownloadPart } from "./download-notes.ts";
import type { DownloadSource } from "./download-source.ts";
import { etagOf, hashOfEtag } from "./fetch-part.ts";
import type { ModelHost } from "./model-host.ts";

/** Throws what `chooseFiles` and the host throw, download_source_wrong and download_not_expected. */
export async function planDownload(
  host: ModelHost,
  source: DownloadSource,
  signal: AbortSignal,
): Promise<DownloadPart[]> {
  if (source.kind === "address") return planAddress(host, source.url, signal);
  const { repository, revision, file } = source;
  const files = chooseFiles(await host.list(repository, revision, signal), repository, file);
  if (source.sha256 !== undefined) checkExpected(files, source.sha256, host.urlOf(repository, revision, ""));
  const names = namesOf(files[0]?.path ?? "");
  return files.map(({ path, sizeBytes, sha256 }, index) => ({
    name: names[index] as string,
    url: host.urlOf(repository, revision, path),
    sizeBytes,
    // A mirror may not say it; what arrives is compared all the same.
    sha256: source.sha256 ?? sha256,
    etag: null,
    receivedBytes: 0,
  }));
}

/** What the catalogue says of a file holds for that file alone. */
function checkExpected(files: readonly RepositoryFile[], expected: string, url: string): void {
  const [file] = files;
  if (file === undefined || (files.length === 1 && (file.sha256 ?? expected) === expected)) return;
  throw new AppError("download_not_expected", { file: file.path, host: new URL(url).host });
}

async function planAddress(host: ModelHost, address: string, signal: AbortSignal): Promise<DownloadPart[]> {
  const names = namesOf(basename(new URL(address).pathname));
  const parts: DownloadPart[] = [];
  for (const [index, name] of names.entries()) {
    const url = new URL(address);
    if (names.length > 1) url.pathname = pathOfPart(url.pathname, index + 1);
    parts.push({ name, ...(await lookAt(host, url.href, signal)), receivedBytes: 0 });
  }
  return parts;
}

/** By the head of the answer alone; some hosts refuse HEAD. */
async function lookAt(
  host: ModelHost,
  url: string,
  signal: AbortSignal,
): Promise<Pick<DownloadPart, "url" | "sizeBytes" | "sha256" | "etag">> {
  const over = new AbortController();
  try {
    const response = await host.open(url, {}, AbortSignal.any([signal, over.signal]));
    const sizeBytes = Number(response.headers["content-length"] ?? 0);
    if (response.status !== 200 || !Number.isSafeInteger(sizeBytes) || sizeBytes <= 0) {
      throw new AppError("download_source_wrong", { host: new URL(url).host, ...because("download_size_unsaid") });
    }
    const hashes = [...response.sentOnBy, response.headers].map((said) => hashOfEtag(said["x-linked-etag"]));
    return { url, sizeBytes, sha256: hashes.find((hash) => hash !== null) ?? null, etag: etagOf(response) };
  } finally {
    over.abort();
  }
}

function namesOf(path: string): string[] {
  const part = partOf(basename(path));
  if (part === null) return [safeModelName(basename(path))];
  return partNames(safeModelName(`${part.stem}.gguf`), part.count);
}
