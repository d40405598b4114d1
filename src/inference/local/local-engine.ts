// Models that run on this machine, behind the same port as every other: lists them, loads them when they are needed, and
// turns a call into a prompt and the engine's events into the call's.
import { randomUUID } from "node:crypto";
import { AppError } from "../../platform/errors.ts";
import type { ModelCallRequest, ModelDescription, ModelEvent, ModelState } from "../model-call.ts";
import { responseGrammar } from "../grammar/response-grammar.ts";
import { answerForm } from "./answer-form.ts";
import { createGrammarTrials, type GrammarTrials } from "./grammar-trial.ts";
import type { ChatTemplate } from "./chat-template.ts";
import { createCallEvents } from "./local-engine-call.ts";
import { createRunningModels, type RunningModel, type RunningModels } from "./local-engine-models.ts";
import { createPromptTools } from "./local-prompt-tools.ts";
import type { LoadedModel, LocalEngine, LocalEngineOptions } from "./local-engine-options.ts";
import { measureAnswer } from "./measure-answer.ts";
import { type MachineMemory, type MemoryPlan, planMemory } from "./memory-plan.ts";
import { readMachineMemory } from "./memory-plan-machine.ts";
import { createModelFolder, type LocalModel } from "./model-folder.ts";
import { createEngineStates, type EngineStates } from "./saved-states.ts";
import { sharedCharacters } from "./shared-start.ts";
import type { GenerateCommand, PromptPart } from "./worker-protocol.ts";

/** One call asks for the models more than once; looking at the disk and the memory anew each time held it up. */
const sightMs = 250;

export function createLocalEngine(options: LocalEngineOptions): LocalEngine {
  const folder = createModelFolder(options);
  const readMemory = options.readMemory ?? (() => readMachineMemory());
  const states: EngineStates = createEngineStates(options, (tag) => models.forget(tag));
  const models = createRunningModels(options, readMemory, states.planFor);
  const grammarTrials = createGrammarTrials(options.workerEntry);

  // Looked at once: what a running process has loaded does not change, and looking stops it for 15 ms.
  let problem: AppError | null | undefined;
  const findProblem = (): AppError | null => (problem === undefined ? (problem = engineProblem(options)) : problem);

  const find = async (modelId: string): Promise<LocalModel> => {
    const list = await folder.list();
    if (list.length === 0) throw new AppError("no_model");
    const found = list.find((model) => model.id === modelId);
    if (found === undefined) throw new AppError("model_not_found", { model: modelId });
    return found;
  };

  const start = async (modelId: string): Promise<RunningModel> => {
    const running = models.get(modelId);
    if (running !== undefined && running.engine.state().status !== "failed") return running;
    const model = await find(modelId);
    if (model.isStarter) await folder.checkStarter();
    if (model.file === null || model.error !== null)
      throw model.error ?? new AppError("model_not_found", { model: modelId });
    return models.start(modelId, model.file);
  };

  let lentCores = 0;
  let sight: Promise<[readonly LocalModel[], MachineMemory]> | undefined;
  const look = () => {
    if (sight === undefined) {
      sight = Promise.all([folder.list(), readMemory()]);
      setTimeout(() => (sight = undefined), sightMs).unref();
    }
    return sight;
  };

  const describe = (model: LocalModel, memory: MachineMemory): ModelDescription =>
    describeModel(model, models, model.file && planMemory(model.file, memory, options.settings), findProblem());

  return {
    async listModels() {
      const [list, memory] = await look();
      return list.map((model) => describe(model, memory));
    },
    async load(modelId) {
      const running = await start(modelId);
      await running.engine.whenReady();
      return describe(await find(modelId), await readMemory());
    },
    unload: (modelId) => models.end(modelId),
    async inspect(file) {
      const model = await folder.inspect(file);
      if (model.error !== null) throw model.error;
      return describe(model, await readMemory());
    },
    async plan(model) {
      const [, memory] = await look();
      const { neededBytes, freeBytes, fits } = planMemory(model, memory, options.settings);
      return { neededBytes, freeBytes, fits };
    },
    lookAgain: () => void (sight = undefined),
    ...createPromptTools(start),
    call: (request) => call(request, start, { models, states, grammarTrials, options }),
    forgetSaved: states.forgetSaved,
    lendCore() {
      models.lendCores((lentCores += 1));
      let isLent = true;
      return {
        [Symbol.dispose]: () => {
          if (isLent) models.lendCores((lentCores -= 1));
          isLent = false;
        },
      };
    },
    loadedModels: () => models.all().map(loadedModel),
    stop: () => models.stop(),
  };
}

interface CallParts {
  readonly models: RunningModels;
  readonly states: EngineStates;
  readonly grammarTrials: GrammarTrials;
  readonly options: LocalEngineOptions;
}

async function* call(
  request: ModelCallRequest,
  start: (modelId: string) => Promise<RunningModel>,
  { models, states, grammarTrials, options }: CallParts,
): AsyncGenerator<ModelEvent, void, undefined> {
  request.signal.throwIfAborted();
  // Before anything is loaded for it: what cannot be enforced is refused at once.
  const format = responseGrammar(request.responseFormat);
  if (models.get(request.model) === undefined) yield { type: "model-loading", percent: 0 };
  const running = await withSignal(start(request.model), request.signal);
  const { engine, template, modelFile } = running;
  if (request.responseFormat?.type === "grammar") {
    const libraryFolder = options.findLibraryFolder();
    await withSignal(grammarTrials.check({ libraryFolder, modelFile, grammar: format as string }), request.signal);
  }
  const { prompt, grammar, thinkingLimit, shownMarks, readers } = answerForm(template, request, format);
  const tags = states.tagsOf(request);
  const { onMeasured } = options;
  const command: GenerateCommand = {
    type: "generate",
    requestId: randomUUID(),
    prompt,
    sampling: request.sampling ?? {},
    maxOutputTokens: request.maxOutputTokens ?? null,
    stop: request.stop ?? [],
    ...(grammar === null ? {} : { grammar }),
    ...(thinkingLimit === null ? {} : { thinkingLimit }),
    ...(request.logitBias === undefined ? {} : { logitBias: request.logitBias }),
    shownMarks,
    userId: request.userId,
    lane: request.lane,
    weight: request.weight,
    cacheScope: request.cacheScope,
    ...(tags === undefined ? {} : { cacheTags: tags }),
    ...sharedOf(template, prompt, request, states),
  };
  const events = createCallEvents(readers);
  engine.generate(command, onMeasured ? measureAnswer(running, events.push, onMeasured) : events.push);
  try {
    yield* events.read(request.signal);
  } finally {
    // Does nothing for a call that has ended; frees the sequence of one that was aborted or is no longer read.
    engine.cancel(command.requestId);
  }
}

function sharedOf(
  template: ChatTemplate,
  prompt: readonly PromptPart[],
  request: ModelCallRequest,
  states: EngineStates,
): Pick<GenerateCommand, "shared"> {
  const scope = request.sharedSystemScope;
  if (scope === undefined) return {};
  const tags = states.tagsOf({ userId: request.userId, cacheScope: scope });
  const tools = request.toolChoice?.mode === "none" ? [] : (request.tools ?? []);
  const characters = sharedCharacters(template, { messages: request.messages, tools }, prompt);
  return { shared: { scope, characters, tags } };
}

async function withSignal<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** A sentence if models cannot run on this machine at all. */
function engineProblem(options: LocalEngineOptions): AppError | null {
  try {
    options.findLibraryFolder();
    return null;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

function describeModel(
  model: LocalModel,
  models: RunningModels,
  planned: MemoryPlan | null,
  problem: AppError | null,
): ModelDescription {
  const plan = models.get(model.id)?.plan ?? planned;
  return {
    id: model.id,
    name: model.name,
    origin: { kind: "here" },
    place: { ...model.place, path: model.path },
    contextTokens: plan === null ? 0 : Math.max(...plan.contexts.map((context) => context.tokensPerSequence)),
    sizeBytes: model.file?.fileBytes ?? model.fileBytes,
    bytesPerToken: model.file?.bytesPerToken ?? null,
    parameterCount: model.file?.parameterCount ?? null,
    quantization: model.file?.quantization ?? null,
    architecture: model.file?.architecture ?? null,
    licence: model.licence,
    languages: model.languages,
    isStarter: model.isStarter,
    createdAt: model.modifiedAt,
    memory: { neededBytes: plan?.neededBytes ?? 0, freeBytes: planned?.freeBytes ?? 0, fits: plan?.fits ?? false },
    state: stateOf(model, models, problem),
  };
}

function stateOf(model: LocalModel, models: RunningModels, problem: AppError | null): ModelState {
  if (model.error !== null) return unavailable(model.error);
  if (problem !== null) return unavailable(problem);
  if (models.isStarting(model.id)) return { status: "loading", percent: 0 };
  const state = models.get(model.id)?.engine.state();
  if (state === undefined || state.status === "stopped") return { status: "idle" };
  if (state.status !== "failed") return state;
  return unavailable(new AppError("model_load_failed", { model: model.id, problem: state.problem }));
}

function unavailable({ message, code, details }: AppError): ModelState {
  return { status: "unavailable", reason: message, error: { code, details: { ...details } } };
}

function loadedModel({ modelId, engine, plan }: RunningModel): LoadedModel {
  return {
    modelId,
    pid: engine.pid(),
    contexts: plan.contexts,
    plannedBytes: plan.neededBytes,
    plannedParts: plan.parts,
    calls: engine.calls(),
    stats: engine.stats(),
    tokensPerSecond: engine.tokensPerSecond(),
  };
}
