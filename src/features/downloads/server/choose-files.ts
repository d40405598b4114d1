// Which files of a repository are meant: one, or all the parts of a model that is split.
import { partOf, pathOfPart } from "../../../inference/local/model-file-parts.ts";
import { AppError } from "../../../platform/errors.ts";

export interface RepositoryFile {
  /** Its path in the repository. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string | null;
}

/** A good balance of size and quality, where nobody has said more. */
const preferred = ["Q4_K_M", "Q4_0", "Q8_0"];
const mostNamed = 12;

/** In order. Throws download_no_model, download_file_missing and download_choose_file. */
export function chooseFiles(
  all: readonly RepositoryFile[],
  repository: string,
  wanted: string | null,
): readonly RepositoryFile[] {
  // Parts after the first come with it; what holds pictures or an adapter alone is no model.
  const models = all.filter(
    ({ path }) => /\.gguf$/i.test(path) && (partOf(path)?.number ?? 1) === 1 && !/(^|\/)(mmproj|imatrix)/i.test(path),
  );
  if (models.length === 0) throw new AppError("download_no_model", { repository });
  const chosen = wanted === null ? chooseByRule(models) : chooseByName(all, models, wanted);
  if (chosen.length === 0) throw new AppError("download_file_missing", { repository, file: wanted ?? "" });
  const [first, another] = chosen;
  if (first === undefined || another !== undefined) {
    const files = chosen.map(({ path }) => path).toSorted();
    const more = files.length > mostNamed ? ", ..." : "";
    throw new AppError("download_choose_file", { repository, files: `${files.slice(0, mostNamed).join(", ")}${more}` });
  }
  return withParts(all, first, repository);
}

function chooseByRule(models: readonly RepositoryFile[]): readonly RepositoryFile[] {
  if (models.length === 1) return models;
  for (const quantization of preferred) {
    const found = models.filter(({ path }) => holdsWord(path, quantization));
    if (found.length === 1) return found;
  }
  return models;
}

function chooseByName(
  all: readonly RepositoryFile[],
  models: readonly RepositoryFile[],
  wanted: string,
): readonly RepositoryFile[] {
  const exact = all.filter(({ path }) => path === wanted && /\.gguf$/i.test(path));
  if (exact.length === 0) return models.filter(({ path }) => holdsWord(path, wanted));
  const part = partOf(wanted);
  return part === null || part.number === 1 ? exact : models.filter(({ path }) => path === pathOfPart(wanted, 1));
}

/** Q4_K_M is in `a-Q4_K_M.gguf` and not in `a-IQ4_K_M.gguf`; case is of no meaning. */
function holdsWord(path: string, word: string): boolean {
  const escaped = word.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`(^|[^a-z0-9])${escaped}([^a-z0-9_]|$)`, "i").test(path);
}

function withParts(
  all: readonly RepositoryFile[],
  first: RepositoryFile,
  repository: string,
): readonly RepositoryFile[] {
  const count = partOf(first.path)?.count ?? 1;
  if (count === 1) return [first];
  return Array.from({ length: count }, (_, index) => {
    const path = pathOfPart(first.path, index + 1);
    const part = all.find((file) => file.path === path);
    if (part === undefined) throw new AppError("download_file_missing", { repository, file: path });
    return part;
  });
}
