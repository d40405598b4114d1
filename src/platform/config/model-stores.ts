// Where other programs of this machine keep their models. Only folders; what is in them is read by the engine.
import { homedir } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";

export type ModelStoreName = "ollama" | "lm-studio" | "hugging-face";

export interface ModelStore {
  readonly name: ModelStoreName;
  /** Absolute path; often there is nothing. */
  readonly folder: string;
}

/** The places that the programs' own documentation names, those that their variables move them to first. */
export function modelStoresOf(variables: NodeJS.ProcessEnv, home = homedir()): readonly ModelStore[] {
  const cache = variables["XDG_CACHE_HOME"] || join(home, ".cache");
  const huggingFaceHome = variables["HF_HOME"] || join(cache, "huggingface");
  const stores: ModelStore[] = [
    ...foldersOf(variables["OLLAMA_MODELS"]).map((folder) => ({ name: "ollama" as const, folder })),
    { name: "ollama", folder: join(home, ".ollama", "models") },
    // Where the service that Ollama's installer makes on Linux keeps them.
    { name: "ollama", folder: "/usr/share/ollama/.ollama/models" },
    { name: "lm-studio", folder: join(home, ".lmstudio", "models") },
    { name: "lm-studio", folder: join(home, ".cache", "lm-studio", "models") },
    {
      name: "hugging-face",
      folder: variables["HF_HUB_CACHE"] || variables["HUGGINGFACE_HUB_CACHE"] || join(huggingFaceHome, "hub"),
    },
  ];
  const known = new Set<string>();
  return stores.filter(({ folder }) => isAbsolute(folder) && !known.has(folder) && known.add(folder));
}

function foldersOf(variable: string | undefined): readonly string[] {
  return (variable ?? "").split(delimiter).filter((folder) => folder !== "");
}
