// Keeps how fast the models of this machine answered, through restarts too. It belongs to the machine: with another
// processor or another number of threads it begins anew.
import * as z from "zod/mini";
import type { MeasuredAnswer } from "../../../inference/local/measure-answer.ts";
import type { Clock } from "../../../platform/clock.ts";
import type { Database } from "../../../platform/database/command.ts";
import type { Logger } from "../../../platform/logger.ts";
import { readSetting, type Setting, writeSetting } from "../../settings/server/settings.ts";
import { addSample, SpeedRecord } from "./model-speed.ts";

export interface SpeedLogParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly logger: Pick<Logger, "warn">;
  readonly organisationId: string;
  /** What the speeds hold for, in words. */
  readonly machine: string;
}

export interface SpeedLog {
  record(measured: MeasuredAnswer): void;
  /** Resolves once everything that was recorded is on disk, or could not be written. */
  keep(): Promise<void>;
}

interface Speeds {
  readonly machine: string;
  readonly records: SpeedRecord[];
}

const speeds: Setting<Speeds> = {
  name: "models.speeds",
  schema: z.object({ machine: z.string(), records: z.array(SpeedRecord) }),
  initial: { machine: "", records: [] },
};

/** Of a model that is known already: each write waits for the disk, and one answer changes little. */
const keepEveryMs = 60_000;

export async function readSpeeds(db: Database, organisationId: string): Promise<readonly SpeedRecord[]> {
  return (await readSetting(db, organisationId, speeds)).records;
}

export function createSpeedLog({ db, clock, logger, organisationId, machine }: SpeedLogParts): SpeedLog {
  let records: SpeedRecord[] = [];
  let isKept = true;
  let keptAt = 0;

  const write = async (): Promise<void> => {
    if (isKept) return;
    await writeSetting({ db, clock }, organisationId, speeds, { machine, records });
    isKept = true;
    keptAt = clock();
  };
  const begin = async (): Promise<void> => {
    const stored = await readSetting(db, organisationId, speeds);
    if (stored.machine === machine) records = stored.records;
    else isKept = stored.records.length === 0;
    await write();
  };
  const add = async ({ modelId: id, bytesPerToken, ...sample }: MeasuredAnswer): Promise<void> => {
    const isNew = !records.some(({ modelId }) => modelId === id);
    records = addSample(records, { id, bytesPerToken }, sample);
    isKept = false;
    if (isNew || clock() - keptAt >= keepEveryMs) await write();
  };

  let turn: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): void => {
    // What could not be written now is written with the next.
    turn = turn.then(work).catch((error: unknown) => logger.warn({ event: "speeds-not-kept", err: error }));
  };
  inTurn(begin);
  return {
    record: (measured) => inTurn(() => add(measured)),
    async keep() {
      inTurn(write);
      await turn;
    },
  };
}
