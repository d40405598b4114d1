import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Model } from "../../features/models/contract.ts";
import { formatBytes } from "../../platform/format-bytes.ts";
import type { CommandCall } from "../command.ts";
import { openControl } from "../control.ts";
import { requireArgument } from "../require-option.ts";
import { table } from "../table.ts";

export async function listModels(call: CommandCall): Promise<void> {
  await using control = await openControl(call);
  const { items: models, missingDefault } = await control.perform("models.list", {});
  const rows = models.map((model) => [
    model.isDefault ? `${model.id} (default)` : model.id,
    model.name,
    model.sizeBytes === null ? `at ${model.madeBy}` : formatBytes(model.sizeBytes),
    memoryOf(model),
    speedOf(model),
    model.state.status === "unavailable" ? model.state.reason : model.state.status,
    placeOf(model),
  ]);
  const missing = missingDefault === null ? "" : `\n${missingSentence(missingDefault)}`;
  call.output.answer(
    { models, missingDefault },
    models.length > 0
      ? `${table(["Id", "Name", "File", "Memory", "Speed", "State", "Place"], rows)}${missing}`
      : `There are no models. Put a GGUF file into the models folder in the data folder, or name one: shobar models add FILE${missing}`,
  );
}

export async function findModels(call: CommandCall): Promise<void> {
  await using control = await openControl(call);
  const { items: models, problems } = await control.perform("models.found", {});
  const rows = models.map(({ store, name, sizeBytes, memory, speed, problem }) => [
    storeNames[store],
    name,
    sizeBytes === null ? "unknown" : formatBytes(sizeBytes),
    problem ?? (memory === null ? "unknown" : `${formatBytes(memory.neededBytes)}${memory.fits ? "" : " (too much)"}`),
    speedOf({ speed }),
  ]);
  const unread = problems.map(
    ({ store, folder, problem }) => `${storeNames[store]}: ${folder} cannot be read: ${problem}.`,
  );
  const sentence =
    rows.length > 0
      ? `${table(["Held by", "Name", "File", "Memory", "Speed"], rows)}\nUse one where it lies: shobar models add NAME`
      : "Ollama, LM Studio and the Hugging Face cache hold no models here that are not used already.";
  call.output.answer({ models, problems }, [sentence, ...unread].join("\n"));
}

export async function addModel(call: CommandCall): Promise<void> {
  const typed = requireArgument(call, "The file, the folder or the found model's name");
  await using control = await openControl(call);
  const path = existsSync(resolve(typed)) ? resolve(typed) : typed;
  const models = await control.perform("models.add", { path });
  call.output.answer({ models }, `Used where it lies: ${models.map(({ id }) => id).join(", ")}`);
}

export async function removeModel(call: CommandCall): Promise<void> {
  const name = requireArgument(call, "The model's id or the path");
  await using control = await openControl(call);
  if (call.options["delete"] === true) {
    const model = await control.perform("models.delete", { model: name });
    const freed = model.sizeBytes === null ? "" : `, which frees ${formatBytes(model.sizeBytes)}`;
    call.output.answer({ model }, `Deleted: ${model.id}${freed}.`);
    return;
  }
  const models = await control.perform("models.remove", { model: name });
  const names = models.length > 0 ? models.map(({ id }) => id).join(", ") : name;
  call.output.answer({ models }, `No longer used: ${names}. Nothing was deleted.`);
}

export async function chooseDefaultModel(call: CommandCall): Promise<void> {
  const isAutomatic = call.options["automatic"] === true;
  const model = isAutomatic ? null : requireArgument(call, "The model's id, or --automatic,");
  await using control = await openControl(call);
  const chosen = await control.perform("models.default", { model });
  const sentence = chosen === null ? "There is no model yet." : `Where a chat names no model, ${chosen.name} answers.`;
  call.output.answer({ model: chosen }, sentence);
}

const storeNames = { ollama: "Ollama", "lm-studio": "LM Studio", "hugging-face": "Hugging Face" };

function missingSentence(model: string): string {
  return `The default that was chosen, ${model}, is not here or cannot be used. Another answers; choose one: shobar models default ID`;
}

/** Of a file that cannot be used nobody knows. */
function memoryOf({ state, memory }: Model): string {
  if (memory === null) return "";
  if (state.status === "unavailable" && memory.neededBytes === 0) return "unknown";
  return `${formatBytes(memory.neededBytes)}${memory.fits ? "" : " (too much)"}`;
}

/** Nothing until an answer was made here. */
export function speedOf({ speed }: Pick<Model, "speed">): string {
  if (speed === null) return "";
  const { wordsPerSecond: words, basis, isSlow } = speed;
  const number = words >= 10 ? words.toFixed(0) : words.toPrecision(basis === "measured" ? 2 : 1);
  const sign = { measured: "", estimated: "about ", "at-least": "at least about " };
  return `${sign[basis]}${number} words/s${isSlow ? " (slow)" : ""}`;
}

function placeOf({ place, madeBy }: Model): string {
  if (place === null) return madeBy;
  if (place.kind === "shipped") return "comes with Shobar";
  const path = place.path ?? "";
  return place.kind in storeNames ? `${storeNames[place.kind as keyof typeof storeNames]}: ${path}` : path;
}
