// The machine: versions, processor, memory and the default model, open files.
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { minSqliteVersion } from "../../platform/database/sqlite-connection.ts";
import { formatBytes } from "../../platform/format-bytes.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";

export interface Versions {
  readonly shobar: string;
  readonly node: string;
  readonly sqlite: string;
}

const minNodeMajor = 24;

export function checkVersions({ shobar, node, sqlite }: Versions): Finding {
  const found = `Shobar ${shobar}, Node.js ${node}, SQLite ${sqlite}`;
  const isOld = Number(node.split(".")[0]) < minNodeMajor || isOlder(sqlite, minSqliteVersion);
  return isOld
    ? fail("Versions", found, `Use Node.js ${minNodeMajor} or later with SQLite ${minSqliteVersion} or later.`)
    : ok("Versions", found);
}

function isOlder(version: string, than: string): boolean {
  return version.localeCompare(than, "en", { numeric: true }) < 0;
}

/** What llama.cpp computes fastest with, from slow to fast. */
const usefulFeatures = ["avx", "f16c", "fma", "avx2", "avx_vnni", "avx512f", "avx512_vnni", "amx_tile"];

export interface Processor {
  readonly cores: number;
  readonly architecture: string;
  /** Null where the system does not tell. */
  readonly features: readonly string[] | null;
}

export function readProcessor(): Processor {
  return { cores: availableParallelism(), architecture: process.arch, features: readFeatures() };
}

function readFeatures(): readonly string[] | null {
  try {
    return /^flags\s*:\s*(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1]?.split(" ") ?? null;
  } catch {
    return null;
  }
}

export function checkProcessor({ cores, architecture, features }: Processor): Finding {
  const useful = usefulFeatures.filter((feature) => features?.includes(feature));
  const found = `${cores} ${cores === 1 ? "core" : "cores"}, ${[architecture, ...useful].join(" ")}`;
  if (architecture === "x64" && features !== null && !features.includes("avx2")) {
    return warn(
      "Processor",
      `${found}: no AVX2, so models answer several times slower`,
      "In a virtual machine choose the host's processor type; else use a newer machine.",
    );
  }
  return cores < 2
    ? warn("Processor", found, "One core is shared by answers and everything else: give the machine two or more.")
    : ok("Processor", found);
}

export interface ModelMemory {
  readonly name: string;
  readonly neededBytes: number;
  readonly fits: boolean;
  readonly isLoaded: boolean;
}

/** `model` is the default one; null where there is none. */
export function checkMemory(freeBytes: number, model: ModelMemory | null): Finding {
  const free = `${formatBytes(freeBytes)} free`;
  if (!model) {
    return warn(
      "Memory",
      `${free}; there is no model here`,
      "Put a GGUF file into the models folder, or leave the starter on.",
    );
  }
  if (model.isLoaded) {
    return ok("Memory", `${free}; ${model.name} is loaded`);
  }
  const needs = `${free}; ${model.name} needs ${formatBytes(model.neededBytes)}`;
  return model.fits
    ? ok("Memory", needs)
    : fail("Memory", needs, "Choose a smaller model, lower --sequences or --context-tokens, or free some memory.");
}

/** Each open chat, file and connection takes one. */
const fewOpenFiles = 4_096;

/** `limits` is the text of /proc/PID/limits; null where there is no such file. */
export function checkOpenFiles(limits: string | null): Finding | null {
  const limit = /^Max open files\s+(\d+|unlimited)/m.exec(limits ?? "")?.[1];
  if (limit === undefined) {
    return null;
  }
  return limit !== "unlimited" && Number(limit) < fewOpenFiles
    ? warn(
        "Open files",
        `${limit} at most`,
        `Allow ${fewOpenFiles} or more: ulimit -n 65536; the service (docs/service.md) does.`,
      )
    : ok("Open files", `${limit} at most`);
}
