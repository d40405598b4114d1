// Small files of what is known about something unfinished, one each: written aside, synced and renamed, so that each is
// whole after a crash.
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type * as z from "zod/mini";
import { syncFolderOf } from "../../../platform/backup/sync-folder.ts";

export interface NoteFiles<Note> {
  /** Undefined where there is none that can be read. */
  read(id: string): Promise<Note | undefined>;
  all(): Promise<readonly Note[]>;
  write(note: Note): Promise<void>;
  remove(id: string): Promise<void>;
}

export function createNoteFiles<Note extends { readonly id: string }>(
  folder: string,
  schema: z.ZodMiniType<Note>,
): NoteFiles<Note> {
  const fileOf = (id: string) => join(folder, `${id}.json`);

  const read = async (id: string): Promise<Note | undefined> => {
    const text = await readFile(fileOf(id), "utf8").catch(() => "");
    const parsed = schema.safeParse(parseJson(text));
    return parsed.success ? parsed.data : undefined;
  };

  return {
    read,
    async all() {
      const names = await readdir(folder).catch(() => []);
      const ids = names.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -".json".length));
      const notes = await Promise.all(ids.toSorted().map(read));
      return notes.filter((note) => note !== undefined);
    },
    async write(note) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const unfinished = `${fileOf(note.id)}.new`;
      const handle = await open(unfinished, "w", 0o600);
      try {
        await handle.writeFile(JSON.stringify(note));
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(unfinished, fileOf(note.id));
      await syncFolderOf(fileOf(note.id));
    },
    async remove(id) {
      await rm(fileOf(id), { force: true });
      await rm(`${fileOf(id)}.new`, { force: true });
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
