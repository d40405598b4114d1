// What an admin changes at run time. Each feature describes its own settings and gives them an initial value; what the
// server is started with is in platform/config.
import * as z from "zod/mini";
import type { Clock } from "../../../platform/clock.ts";
import type { Database } from "../../../platform/database/command.ts";
import { findSetting, saveSetting } from "./setting-store.ts";

export interface Setting<Value> {
  /** `<feature>.<name>`; never renamed once released. */
  readonly name: string;
  readonly schema: z.ZodMiniType<Value>;
  /** What holds until somebody sets it. */
  readonly initial: Value;
}

/** A stored value that this version cannot read counts as not set: the initial value then holds. */
export async function readSetting<Value>(
  db: Database,
  organisationId: string,
  { name, schema, initial }: Setting<Value>,
): Promise<Value> {
  const stored = await db.run(findSetting, { organisationId, name });
  if (stored === undefined) return initial;
  const result = z.safeParse(schema, JSON.parse(stored));
  return result.success ? result.data : initial;
}

export async function writeSetting<Value>(
  { db, clock }: { readonly db: Database; readonly clock: Clock },
  organisationId: string,
  { name, schema }: Setting<Value>,
  value: Value,
): Promise<void> {
  const checked = z.parse(schema, value);
  await db.run(saveSetting, { organisationId, name, value: JSON.stringify(checked), now: clock() });
}
