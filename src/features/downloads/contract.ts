// Models that are elsewhere: what is known of them before they are fetched, and their way here.
import * as z from "zod/mini";
import { endpoint } from "../../contract/endpoint.ts";
import { Model } from "../models/contract.ts";

export const Purpose = z.enum(["everyday", "thinking", "code", "many-languages", "long-texts", "small-machines"]);
export type Purpose = z.infer<typeof Purpose>;

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

/** In the order of the catalogue. */
export function searchCatalogue(
  models: readonly CatalogueModel[],
  { words = "", language, purpose }: CatalogueWish,
): CatalogueModel[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return models.filter((model) => {
    const text = [model.id, model.name, model.publisher, model.source, model.licence].join(" ").toLowerCase();
    return (
      wanted.every((word) => text.includes(word)) &&
      (language === undefined || model.languages.includes(language)) &&
      (purpose === undefined || model.goodFor.some((each) => each === purpose))
    );
  });
}
