// What a person typed to name a model elsewhere: a repository, a file in one, or an address.
import { findInCatalogue } from "../../../inference/catalogue/model-catalogue.ts";
import { AppError } from "../../../platform/errors.ts";

export type DownloadSource =
  | {
      readonly kind: "repository";
      /** OWNER/NAME */
      readonly repository: string;
      readonly revision: string;
      /** Its path in the repository, or a part of its name such as Q4_K_M; null leaves it to the rule. */
      readonly file: string | null;
      /** What the file must be, where the catalogue knows it. */
      readonly sha256?: string;
    }
  | { readonly kind: "address"; readonly url: string };

const name = String.raw`[A-Za-z0-9](?:[\w.-]{0,94}[\w])?`;
const repositoryPattern = new RegExp(`^(${name}/${name})(?::([\\w.-]{1,40})|/(.+))?$`);
const pagePattern = new RegExp(`^/(${name}/${name})(?:/(?:resolve|blob|tree)/([\\w][\\w.%-]*)(?:/(.+?))?)?/?$`);

/**
 * The id of a model of the catalogue, `OWNER/NAME`, `OWNER/NAME:Q4_K_M`, `OWNER/NAME/FILE.gguf`, the address of one of these at `host`, or that of a file
 * anywhere. Throws download_source_unclear.
 */
export function readDownloadSource(typed: string, host: string): DownloadSource {
  const text = typed.trim();
  const known = findInCatalogue(text);
  if (known !== undefined) {
    const { repository, file, sha256 } = known;
    return { kind: "repository", repository, revision: "main", file, sha256 };
  }
  if (/^https?:\/\//i.test(text)) return readAddress(text, host);
  const match = repositoryPattern.exec(text);
  const [, repository, part, file] = match ?? [];
  if (repository === undefined || hasDots(file)) throw new AppError("download_source_unclear", { source: text });
  return { kind: "repository", repository, revision: "main", file: file ?? part ?? null };
}

function readAddress(text: string, host: string): DownloadSource {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.username !== "" || url.password !== "") {
    throw new AppError("download_source_unclear", { source: text });
  }
  const base = new URL(host);
  const path = url.pathname.slice(base.pathname.replace(/\/$/, "").length);
  const match = url.origin === base.origin ? pagePattern.exec(path) : null;
  const [, repository, revision = "main", file] = match ?? [];
  if (repository !== undefined) {
    const decoded = file === undefined ? null : decodePath(file);
    if (hasDots(decoded)) throw new AppError("download_source_unclear", { source: text });
    return { kind: "repository", repository, revision, file: decoded };
  }
  if (!/\.gguf$/i.test(url.pathname)) throw new AppError("download_source_unclear", { source: text });
  url.hash = "";
  return { kind: "address", url: url.href };
}

function hasDots(path: string | null | undefined): boolean {
  return path?.split("/").some((part) => part === "" || part === "." || part === "..") ?? false;
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
