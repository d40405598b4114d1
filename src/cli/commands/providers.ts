import { AppError } from "../../platform/errors.ts";
import type { CommandCall } from "../command.ts";
import { openControl } from "../control.ts";
import { readSecret } from "../read-secret.ts";
import { requireArgument } from "../require-option.ts";
import { table } from "../table.ts";

const shownModels = 60;

export async function listProviders(call: CommandCall): Promise<void> {
  await using control = await openControl(call);
  const providers = await control.perform("providers.list", {});
  const rows = providers.map(({ slug, name, baseUrl, keyHint, models, isDisabled }) => [
    slug,
    name,
    baseUrl,
    keyHint === null ? "none" : `…${keyHint}`,
    isDisabled ? "off" : models.map(({ id }) => id).join(", "),
  ]);
  call.output.answer(
    { providers },
    providers.length > 0
      ? table(["Id", "Name", "Address", "Key", "Models"], rows)
      : "No service outside is used; every answer is made here.",
  );
}

/** Without --model it tries the service and says which models are there; nothing is stored then. */
export async function addProvider(call: CommandCall): Promise<void> {
  const preset = requireArgument(call, "the provider (openai, deepseek, qwen, xai, groq, openrouter, other)");
  const models = (optionOf(call, "model") ?? "").split(",").flatMap((id) => (id.trim() === "" ? [] : [id.trim()]));
  const baseUrl = optionOf(call, "url");
  if (preset === "other" && baseUrl === undefined) {
    throw new AppError("settings_invalid", { problems: "--url is missing." });
  }
  const key = await readSecret("Key (not shown, empty for none): ");
  await using control = await openControl(call);
  const wishes = { preset, name: optionOf(call, "name"), baseUrl, key };
  if (models.length === 0) {
    const { models: found } = await control.perform("providers.models", wishes);
    call.output.answer({ models: found }, describeFound(found?.map(({ id }) => id) ?? null));
    return;
  }
  const provider = await control.perform("providers.add", { ...wishes, models });
  const ids = provider.models.map(({ id }) => `${provider.slug}/${id}`);
  call.output.answer(
    { provider },
    `${provider.name} works. What people ask these models goes to ${provider.name}, outside your organisation:\n${ids.join("\n")}`,
  );
}

export async function removeProvider(call: CommandCall): Promise<void> {
  const wanted = requireArgument(call, "the provider's id");
  await using control = await openControl(call);
  const provider = await control.perform("providers.remove", { provider: wanted });
  call.output.answer({ provider }, `${provider.name} and its key are removed; what it was answering has ended.`);
}

function describeFound(models: readonly string[] | null): string {
  if (models === null) {
    return "It answers, but does not say which models it has. Name one with --model ID; nothing was stored.";
  }
  const more = models.length > shownModels ? [`… and ${models.length - shownModels} more`] : [];
  return [
    "It works. Name those to use with --model ID,ID; nothing was stored.",
    ...models.slice(0, shownModels),
    ...more,
  ].join("\n");
}

function optionOf({ options }: CommandCall, name: string): string | undefined {
  const value = options[name];
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}
