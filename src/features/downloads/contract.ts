// Models that are elsewhere: what is known of them before they are fetched, and their way here.
import * as z from "zod/mini";
import { endpoint } from "../../contract/endpoint.ts";
import { Id, Timestamp } from "../../contract/id.ts";
import { Model } from "../models/contract.ts";

export const Purpose = z.enum(["everyday", "thinking", "code", "many-languages", "long-texts", "small-machines"]);
export type Purpose = z.infer<typeof Purpose>;

/** How far it has been tried by those who make Shobar, as docs/support.md has it. */
export const Support = z.enum(["run-for-real", "random-weights", "template-or-stream", "untried"]);

export const CatalogueModel = z.object({
  id: z.string(),
  name: z.string(),
  publisher: z.string(),
  /** What it is fetched by: OWNER/NAME/FILE. */
  source: z.string(),
  sizeBytes: z.number(),
  sha256: z.string(),
  quantization: z.string(),
  parameterCount: z.number(),
  contextTokens: z.number(),
  licence: z.string(),
  licenceUrl: z.string(),
  /** BCP 47 codes. */
  languages: z.array(z.string()),
  goodFor: z.array(Purpose),
  support: Support,
  memory: Model.shape.memory,
  speed: Model.shape.speed,
  /** The model here that is made of the same file; null where there is none. */
  modelId: z.nullable(z.string()),
});
export type CatalogueModel = z.infer<typeof CatalogueModel>;

export const listCatalogue = endpoint({
  method: "GET",
  path: "/api/models/catalogue",
  summary:
    "List models that can be fetched, with what they are good for and whether they fit this machine; asks nobody",
  access: "admin",
  response: z.object({ items: z.array(CatalogueModel) }),
});

export interface CatalogueWish {
  /** Each must be somewhere in its name, publisher, repository or licence. */
  readonly words?: string | undefined;
  readonly language?: string | undefined;
  readonly purpose?: string | undefined;
}

/** In English and by those who speak it. */
function languageNames(code: string): readonly string[] {
  const names = ["en", code].map((locale) => new Intl.DisplayNames(locale, { type: "language" }).of(code) ?? code);
  // The name that English had for it.
  return code === "bn" ? [...names, "Bengali"] : names;
}

/** In the order of the catalogue. */
export function searchCatalogue(
  models: readonly CatalogueModel[],
  { words = "", language, purpose }: CatalogueWish,
): CatalogueModel[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return models.filter((model) => {
    const names = [model.id, model.name, model.publisher, model.source, model.licence];
    const text = [...names, ...model.languages.flatMap(languageNames)].join(" ").toLowerCase();
    return (
      wanted.every((word) => text.includes(word)) &&
      (language === undefined || model.languages.includes(language)) &&
      (purpose === undefined || model.goodFor.some((each) => each === purpose))
    );
  });
}

/** One that fetches says how fast; one that failed says why and can be gone on with; one that is done says its model. */
export const Download = z.object({
  id: Id,
  /** Of the model's file, whole. */
  fileName: z.string(),
  /** Where it comes from: the host, with the repository where it is one. */
  from: z.string(),
  sizeBytes: z.number(),
  receivedBytes: z.number(),
  /** Null while it is not known. */
  bytesPerSecond: z.nullable(z.number()),
  state: z.enum(["fetching", "checking", "paused", "failed", "done"]),
  error: z.nullable(
    z.object({
      code: z.string(),
      message: z.string(),
      details: z.record(z.string(), z.union([z.string(), z.number()])),
    }),
  ),
  modelId: z.nullable(z.string()),
  createdAt: Timestamp,
});
export type Download = z.infer<typeof Download>;

export const listDownloads = endpoint({
  method: "GET",
  path: "/api/models/downloads",
  summary: "List the models that are being fetched, wait or have failed, and those that came since the server started",
  access: "admin",
  response: z.object({ items: z.array(Download), freeBytes: z.number(), host: z.string() }),
});

export const startDownload = endpoint({
  method: "POST",
  path: "/api/models/downloads",
  summary: "Fetch a model of the catalogue, of a repository or from an address; repeated, it goes on with the same one",
  access: "admin",
  body: z.object({ source: z.string().check(z.minLength(1), z.maxLength(2000)) }),
  /** The model where it is here already; else its way here. */
  response: z.object({ modelId: z.nullable(z.string()), download: z.nullable(Download) }),
});

const params = z.object({ downloadId: Id });
const resource = "model-download";

export const pauseDownload = endpoint({
  method: "POST",
  path: "/api/models/downloads/:downloadId/pause",
  summary: "Stop a download for now; what has arrived is kept",
  access: "admin",
  resource,
  params,
  response: Download,
});

export const resumeDownload = endpoint({
  method: "POST",
  path: "/api/models/downloads/:downloadId/resume",
  summary: "Go on with a download that was paused or has failed",
  access: "admin",
  resource,
  params,
  response: Download,
});

export const discardDownload = endpoint({
  method: "DELETE",
  path: "/api/models/downloads/:downloadId",
  summary: "Give a download up and delete what has arrived; of one that is done, no longer list it",
  access: "admin",
  resource,
  params,
});
