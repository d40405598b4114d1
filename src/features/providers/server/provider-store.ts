import { type AnyCommand, readCommand, writeCommand } from "../../../platform/database/command.ts";
import type { ProviderRow } from "../../../platform/database/tables.ts";

export interface Scope {
  readonly organisationId: string;
}

/** Oldest first: a handful in any organisation, so there are no pages. */
export const readProviders = readCommand("providers.read", (db, { organisationId }: Scope): Promise<ProviderRow[]> =>
  db.selectFrom("providers").selectAll().where("organisation_id", "=", organisationId).orderBy("id").execute(),
);

export const findProvider = readCommand(
  "providers.find",
  (db, args: Scope & { providerId: string }): Promise<ProviderRow | undefined> =>
    db
      .selectFrom("providers")
      .selectAll()
      .where("organisation_id", "=", args.organisationId)
      .where("id", "=", args.providerId)
      .executeTakeFirst(),
);

/** Under the first free slug; the row that is there where the id already is. */
export const insertProvider = writeCommand(
  "providers.insert",
  async (db, args: Scope & { provider: Omit<ProviderRow, "organisation_id"> }): Promise<ProviderRow | undefined> => {
    const { organisationId, provider } = args;
    const rows = await db
      .selectFrom("providers")
      .select(["id", "slug"])
      .where("organisation_id", "=", organisationId)
      .execute();
    if (!rows.some(({ id }) => id === provider.id)) {
      const taken = new Set(rows.map(({ slug }) => slug));
      let slug = provider.slug;
      for (let number = 2; taken.has(slug); number++) slug = `${provider.slug}-${number}`;
      await db
        .insertInto("providers")
        .values({ ...provider, slug, organisation_id: organisationId })
        .onConflict((conflict) => conflict.column("id").doNothing())
        .execute();
    }
    return db
      .selectFrom("providers")
      .selectAll()
      .where("organisation_id", "=", organisationId)
      .where("id", "=", provider.id)
      .executeTakeFirst();
  },
);

type Changes = Partial<Pick<ProviderRow, "name" | "base_url" | "sealed_key" | "key_hint" | "models" | "disabled_at">>;

/** Undefined where there is none. */
export const updateProvider = writeCommand(
  "providers.update",
  (db, args: Scope & { providerId: string; changes: Changes; now: number }): Promise<ProviderRow | undefined> =>
    db
      .updateTable("providers")
      .set({ ...args.changes, updated_at: args.now })
      .where("organisation_id", "=", args.organisationId)
      .where("id", "=", args.providerId)
      .returningAll()
      .executeTakeFirst(),
);

/** Answers what it was; undefined where there was none. */
export const deleteProvider = writeCommand(
  "providers.delete",
  (db, args: Scope & { providerId: string }): Promise<ProviderRow | undefined> =>
    db
      .deleteFrom("providers")
      .where("organisation_id", "=", args.organisationId)
      .where("id", "=", args.providerId)
      .returningAll()
      .executeTakeFirst(),
);

export const providerCommands: AnyCommand[] = [
  readProviders,
  findProvider,
  insertProvider,
  updateProvider,
  deleteProvider,
];
