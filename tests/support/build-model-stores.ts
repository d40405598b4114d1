// Folders as Ollama, LM Studio and the Hugging Face hub cache lay them out, for tests.
import { createHash } from "node:crypto";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

export interface OllamaLayer {
  readonly kind: string;
  readonly bytes: Uint8Array | string;
}

/** Answers the manifest's path; `name` is `registry.ollama.ai/library/llama3.2/1b`. */
export async function putOllamaModel(folder: string, name: string, layers: readonly OllamaLayer[]): Promise<string> {
  const described = [];
  for (const { kind, bytes } of layers) {
    const hash = createHash("sha256").update(bytes).digest("hex");
    await put(join(folder, "blobs", `sha256-${hash}`), bytes);
    const mediaType = `application/vnd.ollama.image.${kind}`;
    described.push({ mediaType, digest: `sha256:${hash}`, size: bytes.length });
  }
  const manifest = {
    schemaVersion: 2,
    mediaType: "application/vnd.docker.distribution.manifest.v2+json",
    config: {
      mediaType: "application/vnd.docker.container.image.v1+json",
      digest: `sha256:${"0".repeat(64)}`,
      size: 2,
    },
    layers: described,
  };
  const path = join(folder, "manifests", name);
  await put(path, JSON.stringify(manifest));
  return path;
}

/** Answers the path of the link in the snapshot. */
export async function putHubModel(
  folder: string,
  {
    repository,
    file,
    commit = "c0ffee",
    bytes,
  }: { repository: string; file: string; commit?: string; bytes: Uint8Array },
): Promise<string> {
  const root = join(folder, `models--${repository.replace("/", "--")}`);
  const hash = createHash("sha256").update(bytes).digest("hex");
  await put(join(root, "blobs", hash), bytes);
  await put(join(root, "refs", "main"), commit);
  const link = join(root, "snapshots", commit, file);
  await mkdir(dirname(link), { recursive: true });
  const up = "../".repeat(file.split("/").length + 1);
  await symlink(`${up}blobs/${hash}`, link);
  return link;
}

export async function put(path: string, bytes: Uint8Array | string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
  return path;
}
