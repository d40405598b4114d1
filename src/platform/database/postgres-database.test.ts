import { DummyDriver, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from "kysely";
import { describe, expect, test } from "vitest";
import { describeEachDialect } from "../../../tests/support/each-dialect.ts";
import { AppError } from "../errors.ts";
import { readCommand, writeCommand } from "./command.ts";
import { openPostgresDatabase } from "./postgres-database.ts";

const insert = writeCommand("organisations.insert", async (db, { id, fail }: { id: string; fail?: boolean }) => {
  await db.insertInto("organisations").values({ id, name: id, created_at: 1_700_000_000_123 }).execute();
  if (fail) {
    throw new AppError("email_taken");
  }
});
const insertInARead = readCommand("organisations.insertInARead", insert.run);
const list = readCommand("organisations.list", async (db, _args: Record<string, never>) => {
  const rows = await db.selectFrom("organisations").selectAll().orderBy("id").execute();
  return rows.map((row) => ({ ...row }));
});

describeEachDialect("A database", (open) => {
  test("a command that fails leaves nothing of itself and its error keeps its code", async () => {
    const database = await open();
    await database.run(insert, { id: "a" });
    await expect(database.run(insert, { id: "b", fail: true })).rejects.toMatchObject({ code: "email_taken" });
    const rows = await database.run(list, {});
    expect(rows).toEqual([{ id: "a", name: "a", created_at: 1_700_000_000_123 }]);
  });

  test("a read leaves nothing behind", async () => {
    const database = await open();
    await database.run(insertInARead, { id: "a" }).catch(() => undefined);
    expect(await database.run(list, {})).toEqual([]);
  });

  test("many commands at once all take effect", async () => {
    const database = await open();
    const ids = Array.from({ length: 30 }, (_, index) => `organisation-${String(index).padStart(2, "0")}`);
    await Promise.all(ids.map((id) => database.run(insert, { id })));
    const rows = await database.run(list, {});
    expect(rows.map((row) => row.id)).toEqual(ids);
  });

  test("two databases opened at once do not see each other's rows", async () => {
    const one = await open();
    const other = await open();
    await one.run(insert, { id: "a" });
    expect(await other.run(list, {})).toEqual([]);
  });
});

describe("Commands that get in each other's way", () => {
  function failing(times: number) {
    const calls = { count: 0 };
    const command = writeCommand("test.conflict", (_db, _args: Record<string, never>) => {
      calls.count += 1;
      const conflict = Object.assign(new Error("could not serialize access"), { code: "40001" });
      return calls.count <= times ? Promise.reject(conflict) : Promise.resolve("done");
    });
    return { calls, command };
  }

  test("the one that Postgres undid runs again", async () => {
    const { calls, command } = failing(3);
    expect(await openPostgresDatabase(withoutServer).run(command, {})).toBe("done");
    expect(calls.count).toBe(4);
  });

  test("after ten attempts the caller is told to try again later", async () => {
    const { calls, command } = failing(100);
    await expect(openPostgresDatabase(withoutServer).run(command, {})).rejects.toMatchObject({ code: "database_busy" });
    expect(calls.count).toBe(10);
  });
});

const withoutServer = {
  createAdapter: () => new PostgresAdapter(),
  createDriver: () => new DummyDriver(),
  createIntrospector: (db: ConstructorParameters<typeof PostgresIntrospector>[0]) => new PostgresIntrospector(db),
  createQueryCompiler: () => new PostgresQueryCompiler(),
};
