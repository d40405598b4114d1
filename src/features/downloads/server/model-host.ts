// Speaks to a host that has models as Hugging Face has them, or to the web server of one file.
import { readFile } from "node:fs/promises";
import * as z from "zod/mini";
import { because } from "../../../contract/reasons.ts";
import type { Egress, EgressResponse } from "../../../platform/egress/egress.ts";
import { readStart } from "../../../platform/egress/read-body.ts";
import { AppError } from "../../../platform/errors.ts";
import { fileProblem } from "../../../platform/file-problem.ts";
import type { RepositoryFile } from "./choose-files.ts";
import { refusalOf } from "./host-refusal.ts";

export interface ModelHostParts {
  readonly egress: Egress;
  /** Without a slash at its end. */
  readonly modelHost: string;
  /** Whether a person has named it: then it may be inside this network. */
  readonly isOwnHost: boolean;
  /** File with the access token for it, read anew for each call. */
  readonly tokenFile: string | undefined;
}

export interface ModelHost {
  /** All files and the commit they are of. Throws download_not_found and what `open` throws. */
  list(repository: string, revision: string, signal: AbortSignal): Promise<readonly RepositoryFile[]>;
  urlOf(repository: string, revision: string, path: string): string;
  /** Throws what is in the way: AppErrors of the connection, download_needs_token, download_not_found, download_busy, download_refused. */
  open(url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<EgressResponse>;
}

const Listing = z.array(
  z.object({
    type: z.string(),
    path: z.string(),
    size: z.optional(z.number()),
    lfs: z.optional(z.object({ oid: z.string(), size: z.number() })),
  }),
);
const maxListingBytes = 8_000_000;
const mostPages = 20;

export function createModelHost({ egress, modelHost, isOwnHost, tokenFile }: ModelHostParts): ModelHost {
  const base = new URL(modelHost);
  const isHost = (url: string): boolean => new URL(url).origin === base.origin;

  const open: ModelHost["open"] = async (url, headers, signal) => {
    const token = isHost(url) ? await readToken(tokenFile) : null;
    const response = await egress.request(url, {
      method: "GET",
      // What is compressed on the way has other lengths and ranges than the file.
      headers: {
        "accept-encoding": "identity",
        "user-agent": "shobar",
        ...headers,
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      signal,
      reach: isOwnHost && isHost(url) ? "named" : "public",
      redirects: "follow",
      timeouts: { firstByteMs: 60_000, idleMs: 60_000 },
    });
    const refusal = refusalOf(response, url);
    if (refusal !== null) {
      await readStart(response.body, 1).catch(() => undefined);
      throw refusal;
    }
    return response;
  };

  return {
    open,
    urlOf: (repository, revision, path) =>
      `${modelHost}/${repository}/resolve/${revision}/${path.split("/").map(encodeURIComponent).join("/")}`,
    async list(repository, revision, signal) {
      const files: RepositoryFile[] = [];
      let next: string | null = `${modelHost}/api/models/${repository}/tree/${revision}?recursive=true`;
      for (let page = 0; next !== null && page < mostPages; page += 1) {
        const url: string = next;
        const { headers, body } = await open(url, { accept: "application/json" }, signal).catch((error: unknown) => {
          throw nameRepository(error, repository);
        });
        files.push(...readListing((await readStart(body, maxListingBytes)).toString(), base.host));
        next = nextPage(headers["link"], url);
      }
      return files;
    },
  };
}

function readListing(text: string, host: string): RepositoryFile[] {
  let parsed: ReturnType<typeof Listing.safeParse>;
  try {
    parsed = Listing.safeParse(JSON.parse(text));
  } catch {
    parsed = Listing.safeParse(null);
  }
  if (!parsed.success) throw new AppError("download_source_wrong", { host, ...because("download_not_listing") });
  return parsed.data
    .filter(({ type }) => type === "file")
    .map(({ path, size = 0, lfs }) => ({
      path,
      sizeBytes: lfs?.size ?? size,
      sha256: lfs !== undefined && /^[0-9a-f]{64}$/.test(lfs.oid) ? lfs.oid : null,
    }));
}

/** People asked for it, not for the address of its list. */
function nameRepository(error: unknown, repository: string): unknown {
  const isOfFile = error instanceof AppError && "file" in error.details && error.code.startsWith("download_");
  return isOfFile ? new AppError(error.code, { ...error.details, file: repository }, { cause: error }) : error;
}

/** At the same host alone. */
function nextPage(link: string | string[] | undefined, from: string): string | null {
  const target = /<([^>]+)>\s*;\s*rel="next"/.exec(String(link ?? ""))?.[1];
  if (target === undefined || !URL.canParse(target, from)) return null;
  const url = new URL(target, from);
  return url.origin === new URL(from).origin ? url.href : null;
}

async function readToken(file: string | undefined): Promise<string | null> {
  if (file === undefined) return null;
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new AppError("model_token_unreadable", { file, ...fileProblem(error, { ENOENT: "file_missing" }) });
  });
  const token = text.trim();
  if (!/^[\x21-\x7e]{1,500}$/.test(token)) {
    throw new AppError("model_token_unreadable", { file, ...because("token_not_one") });
  }
  return token;
}
