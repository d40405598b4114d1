// An engine that finds models and describes them, for tests in which none answers.
import { pino } from "pino";
import { createLocalEngine } from "../../src/inference/local/local-engine.ts";
import { defaultEngineSettings, type LocalEngine } from "../../src/inference/local/local-engine-options.ts";
import type { MachineMemory } from "../../src/inference/local/memory-plan.ts";

export function engineNeverStarted(dataFolder: string, modelFolder: string, memory?: MachineMemory): LocalEngine {
  return createLocalEngine({
    places: async () => [{ kind: "models-folder", path: modelFolder, placeId: null }],
    starterFolder: null,
    dataFolder,
    workerEntry: "never started",
    findLibraryFolder: () => dataFolder,
    settings: { ...defaultEngineSettings, threads: 1 },
    logger: pino({ level: "silent" }),
    ...(memory === undefined ? {} : { readMemory: async () => memory }),
  });
}
