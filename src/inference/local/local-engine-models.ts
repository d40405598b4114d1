// The engine processes that run, one per loaded model. Loading takes turns: what fits stays loaded, and where memory is
// short an idle model goes before a new one comes.
import { AppError } from "../../platform/errors.ts";
import type { ChatTemplate } from "./chat-template.ts";
import { openChatTemplate, templateWorkerEntry } from "./chat-template-trial.ts";
import { type EngineProcess, startEngineProcess } from "./engine-process.ts";
import type { LocalEngineOptions } from "./local-engine-options.ts";
import { checkFits, type MachineMemory, type MemoryPlan, planMemory } from "./memory-plan.ts";
import type { ModelFile } from "./model-file.ts";
import type { EngineStates } from "./saved-states.ts";

/** Prompt tokens per step while somebody else is being answered: about the longest gap that a reader does not notice. */
const promptChunkTokens = 64;

export interface RunningModel {
  readonly modelId: string;
  readonly engine: EngineProcess;
  readonly template: ChatTemplate;
  readonly plan: MemoryPlan;
  readonly bytesPerToken: number | null;
  readonly modelFile: string;
}

export interface RunningModels {
  get(modelId: string): RunningModel | undefined;
  all(): readonly RunningModel[];
  /** Its process is about to be started: a turn of its own, room, the template's trial. */
  isStarting(modelId: string): boolean;
  /** Resolves as soon as calls can be handed to the model's process, which may still be loading. */
  start(modelId: string, file: ModelFile): Promise<RunningModel>;
  /** Ends one model's process, after a start of it that is under way. */
  end(modelId: string): Promise<void>;
  /** Of each that runs or is started meanwhile. */
  lendCores(cores: number): void;
  /** In each that runs. */
  forget(tag: string): Promise<void>;
  stop(): Promise<void>;
}

export function createRunningModels(
  options: LocalEngineOptions,
  readMemory: () => Promise<MachineMemory>,
  planStates: EngineStates["planFor"],
): RunningModels {
  const running = new Map<string, RunningModel>();
  const starting = new Map<string, Promise<RunningModel>>();
  let turn: Promise<unknown> = Promise.resolve();
  let isStopping = false;
  let lentCores = 0;

  /** Free memory, less what running models may still take: weights that are being read, a long context on demand. */
  const readUnpromised = async (): Promise<MachineMemory> => {
    const models = [...running.values()];
    await Promise.allSettled(models.filter(isLoading).map(async ({ engine }) => engine.whenReady()));
    const promised = models.reduce((sum, { plan }) => sum + plan.peakBytes - plan.neededBytes, 0);
    return { freeBytes: (await readMemory()).freeBytes - promised };
  };

  const makeRoom = async (file: ModelFile): Promise<MemoryPlan> => {
    while (true) {
      const plan = planMemory(file, await readUnpromised(), options.settings);
      const idle = [...running.values()].find(({ engine }) => ["ready", "failed"].includes(engine.state().status));
      if (plan.fits || idle === undefined) return plan;
      running.delete(idle.modelId);
      await idle.engine.stop();
    }
  };

  const startNow = async (modelId: string, file: ModelFile): Promise<RunningModel> => {
    const before = running.get(modelId);
    if (before !== undefined && before.engine.state().status !== "failed") return before;
    running.delete(modelId);
    await before?.engine.stop();
    if (isStopping) throw new AppError("engine_stopping");
    const libraryFolder = options.findLibraryFolder();
    const plan = await makeRoom(file);
    checkFits(plan);
    const { fileName, bosToken, eosToken } = file;
    const prefixCache = await planStates(file, plan, libraryFolder);
    const source = { fileName, template: file.chatTemplate, bosToken, eosToken };
    const engine = startEngineProcess({
      modelId,
      workerEntry: options.workerEntry,
      plan: {
        modelFile: file.path,
        libraryFolder,
        threads: options.settings.threads,
        contexts: plan.contexts,
        promptChunkTokens,
        targetGapMs: options.settings.targetGapMs,
        userSequences: options.settings.userSequences,
        ...(prefixCache === undefined ? {} : { prefixCache }),
      },
      logger: options.logger,
      clock: options.clock,
    });
    engine.lendCores(lentCores);
    try {
      // The template's trial takes place while the weights load.
      const template = await openChatTemplate(source, templateWorkerEntry(options.workerEntry));
      const model: RunningModel = {
        modelId,
        engine,
        template,
        plan,
        bytesPerToken: file.bytesPerToken,
        modelFile: file.path,
      };
      if (isStopping) throw new AppError("engine_stopping");
      running.set(modelId, model);
      return model;
    } catch (error) {
      await engine.stop();
      throw error;
    }
  };

  return {
    get: (modelId) => running.get(modelId),
    all: () => [...running.values()],
    isStarting: (modelId) => starting.has(modelId),
    start(modelId, file) {
      const before = starting.get(modelId);
      if (before !== undefined) return before;
      const started = turn.then(async () => startNow(modelId, file)).finally(() => starting.delete(modelId));
      turn = started.catch(() => undefined);
      starting.set(modelId, started);
      return started;
    },
    async end(modelId) {
      await starting.get(modelId)?.catch(() => undefined);
      const model = running.get(modelId);
      running.delete(modelId);
      await model?.engine.stop();
    },
    lendCores(cores) {
      lentCores = cores;
      for (const { engine } of running.values()) engine.lendCores(cores);
    },
    async forget(tag) {
      await Promise.all([...running.values()].map(({ engine }) => engine.forget(tag)));
    },
    async stop() {
      isStopping = true;
      await Promise.all([...running.values()].map(async ({ engine }) => engine.stop()));
      await turn;
    },
  };
}

function isLoading({ engine }: RunningModel): boolean {
  return engine.state().status === "loading";
}
