// Ollama's folder as it lies on disk: a manifest (JSON) for each name and tag, whose layers name blobs by their digest.
// The layer of the model's type is a GGUF file. Licence and template layers are not read: the GGUF header says both.
import { open, readdir } from "node:fs/promises";
import { join, sep } from "node:path";
import * as z from "zod/mini";
import { because, type ReasonCode } from "../../contract/reasons.ts";
import { AppError } from "../../platform/errors.ts";

const maxManifestBytes = 1_000_000;
const maxManifests = 1000;
/** Host, namespace, model, tag. */
const manifestDepth = 4;

const Manifest = z.object({
  layers: z.array(z.object({ mediaType: z.string(), digest: z.string().check(z.regex(/^sha256[:-][0-9a-f]{64}$/)) })),
});

/** The GGUF file that a manifest names. Throws model_file_invalid, and what reading the manifest throws. */
export async function ollamaModelFile(manifestPath: string): Promise<string> {
  const { layers } = parseManifest(manifestPath, await readSmall(manifestPath));
  const layersOf = (kind: string) =>
    layers.filter(({ mediaType }) => mediaType.startsWith(`application/vnd.ollama.image.${kind}`));
  const [model] = layersOf("model");
  if (model === undefined) refuse(manifestPath, "model_not_one_file");
  if (layersOf("adapter").length > 0) refuse(manifestPath, "model_needs_adapter");
  return join(storeOf(manifestPath), "blobs", model.digest.replace(":", "-"));
}

export interface OllamaModel {
  /** As Ollama lists it: `llama3.2:1b`, `ana/mine:latest`, `hf.co/ana/mine:Q4_K_M`. */
  readonly name: string;
  readonly manifestPath: string;
}

/** Throws what reading the folder throws where it is there but cannot be read. */
export async function listOllamaModels(folder: string): Promise<readonly OllamaModel[]> {
  const manifests = join(folder, "manifests");
  const paths: string[] = [];
  const walk = async (path: string, depth: number): Promise<void> => {
    for (const entry of await readdir(path, { withFileTypes: true })) {
      if (entry.name.startsWith(".") || paths.length >= maxManifests) continue;
      const inner = join(path, entry.name);
      if (entry.isDirectory() && depth < manifestDepth) await walk(inner, depth + 1);
      else if (entry.isFile() && depth === manifestDepth) paths.push(inner);
    }
  };
  await walk(manifests, 1);
  return paths.toSorted().map((path) => ({ name: nameOf(path.slice(manifests.length + 1)), manifestPath: path }));
}

function nameOf(path: string): string {
  const [host = "", namespace = "", model = "", tag = ""] = path.split(sep);
  const name = `${model}:${tag}`;
  if (host !== "registry.ollama.ai") return `${host}/${namespace}/${name}`;
  return namespace === "library" ? name : `${namespace}/${name}`;
}

function storeOf(manifestPath: string): string {
  return join(manifestPath, ...Array.from({ length: manifestDepth + 1 }, () => ".."));
}

function parseManifest(path: string, text: string): z.infer<typeof Manifest> {
  try {
    return Manifest.parse(JSON.parse(text));
  } catch (error) {
    return refuse(path, "model_manifest_unreadable", error);
  }
}

async function readSmall(path: string): Promise<string> {
  await using file = await open(path, "r");
  const { size } = await file.stat();
  if (size > maxManifestBytes) refuse(path, "model_manifest_long");
  return await file.readFile("utf8");
}

function refuse(path: string, reason: ReasonCode, cause?: unknown): never {
  const file = nameOf(path.split(sep).slice(-manifestDepth).join(sep));
  throw new AppError("model_file_invalid", { file, ...because(reason) }, { cause });
}
