// Begins to fetch what somebody named, or finds that it is here, or that it was begun before.
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "../../../platform/logger.ts";
import { newId } from "../../../platform/new-id.ts";
import { findPlaced } from "../../models/server/place-model.ts";
import { createUploadNotes } from "../../models/server/upload-notes.ts";
import { readFreeBytes, requireRoom } from "../../models/server/upload-room.ts";
import { type createDownloadNotes, type DownloadNote, type DownloadPart, sizesOf } from "./download-notes.ts";
import type { createDownloadRuns } from "./download-runs.ts";
import { readDownloadSource } from "./download-source.ts";
import type { createModelHost, ModelHostParts } from "./model-host.ts";
import { planDownload } from "./plan-download.ts";
import type { RunDownloadParts } from "./run-download.ts";

export interface DownloadParts extends Omit<RunDownloadParts, "notes" | "host" | "patienceMs">, ModelHostParts {
  readonly logger: Pick<Logger, "info" | "warn">;
  readonly patienceMs?: readonly number[];
  /** What the disk of a folder has free; tests bring their own disk. */
  readonly freeBytesOf?: (folder: string) => Promise<number>;
}

export interface OfOrganisation {
  readonly organisationId: string;
}

/** What there is of it, or the model where it is here already. */
export type Begun = { readonly note: DownloadNote } | { readonly modelId: string };

export interface Beginning {
  /** One at a time: two that begin the same would both find nothing of it. Throws what planning throws, and upload_no_room. */
  begin(scope: OfOrganisation, typed: string, signal: AbortSignal): Promise<Begun>;
  goOnWith(note: DownloadNote): Promise<DownloadNote>;
}

interface BeginningParts {
  readonly notes: ReturnType<typeof createDownloadNotes>;
  readonly host: ReturnType<typeof createModelHost>;
  readonly runs: ReturnType<typeof createDownloadRuns>;
}

export function createBeginning(parts: DownloadParts, { notes, host, runs }: BeginningParts): Beginning {
  const { modelFolder, freeBytesOf = readFreeBytes } = parts;

  async function begin({ organisationId }: OfOrganisation, typed: string, signal: AbortSignal): Promise<Begun> {
    const source = readDownloadSource(typed, parts.modelHost);
    const everybodys = await notes.all();
    const all = everybodys.filter((note) => note.organisationId === organisationId);
    const key = JSON.stringify(source);
    const named = all.find((note) => note.source === key);
    if (named !== undefined && sizesOf(named).receivedBytes > 0) return { note: await goOnWith(named) };
    const planned = await planDownload(host, source, signal);
    const here = await findHere(parts, planned);
    if (here !== null) return { modelId: here };
    const same = all.find((note) => note.parts[0]?.url === planned[0]?.url);
    if (same !== undefined && sizesOf(same).receivedBytes > 0) return { note: await goOnWith(same) };
    if (same !== undefined && runs.get(same.id) === undefined) await notes.remove(same.id);
    else if (same !== undefined) return { note: same };
    const { sizeBytes } = sizesOf({ parts: planned });
    await mkdir(modelFolder, { recursive: true, mode: 0o700 });
    const unfinished = [...(await createUploadNotes(modelFolder).unfinished()), ...everybodys.map(sizesOf)];
    requireRoom(sizeBytes, unfinished, await freeBytesOf(modelFolder));
    const createdAt = parts.clock();
    const state = { state: "running" as const, error: null, createdAt, touchedAt: createdAt, placedAs: null };
    const note: DownloadNote = { id: newId(), organisationId, source: key, parts: planned, ...state };
    await notes.write(note);
    return { note };
  }

  async function goOnWith(note: DownloadNote): Promise<DownloadNote> {
    if (runs.get(note.id) !== undefined || note.state === "running") return note;
    const next: DownloadNote = { ...note, state: "running", error: null, touchedAt: parts.clock() };
    await notes.write(next);
    return next;
  }

  return { begin, goOnWith };
}

/** By name and size: to read a large file again for its hash would take minutes. */
async function findHere(parts: DownloadParts, planned: readonly DownloadPart[]): Promise<string | null> {
  for (const { name, sizeBytes } of planned) {
    const info = await stat(join(parts.modelFolder, name)).catch(() => null);
    if (info?.size !== sizeBytes) return null;
  }
  const name = planned.length === 1 ? planned[0]?.name : planned[0]?.name.replace(/-\d{5}-of-\d{5}(?=\.gguf$)/i, "");
  return (await findPlaced(parts, name ?? "", planned.length))?.id ?? null;
}
