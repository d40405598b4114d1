// The places of models that people named, as they are stored: paths, never copies.
import { type AnyCommand, readCommand, writeCommand } from "../../../platform/database/command.ts";
import type { ModelPlaceRow } from "../../../platform/database/tables.ts";

export interface OfOrganisation {
  readonly organisationId: string;
}

/** In the order in which they were named. */
export const listPlaces = readCommand(
  "modelPlaces.list",
  (db, { organisationId }: OfOrganisation): Promise<ModelPlaceRow[]> =>
    db
      .selectFrom("model_places")
      .selectAll()
      .where("organisation_id", "=", organisationId)
      .orderBy("id")
      .limit(1000)
      .execute(),
);

/** Answers the row of this path: the new one, or the one that was there already. */
export const insertPlace = writeCommand(
  "modelPlaces.insert",
  async (db, { place }: { place: ModelPlaceRow }): Promise<ModelPlaceRow> => {
    await db
      .insertInto("model_places")
      .values(place)
      .onConflict((conflict) => conflict.columns(["organisation_id", "path"]).doNothing())
      .execute();
    return db
      .selectFrom("model_places")
      .selectAll()
      .where("organisation_id", "=", place.organisation_id)
      .where("path", "=", place.path)
      .executeTakeFirstOrThrow();
  },
);

/** Answers what it was; undefined where there was none. */
export const deletePlace = writeCommand(
  "modelPlaces.delete",
  (db, args: OfOrganisation & { placeId: string }): Promise<ModelPlaceRow | undefined> =>
    db
      .deleteFrom("model_places")
      .where("organisation_id", "=", args.organisationId)
      .where("id", "=", args.placeId)
      .returningAll()
      .executeTakeFirst(),
);

export const modelPlaceCommands: AnyCommand[] = [listPlaces, insertPlace, deletePlace];
