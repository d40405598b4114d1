// Services outside as the fake server knows them.
import type { Provider, RemoteModel } from "../../src/features/providers/contract.ts";
import { providerPresets as catalogue } from "../../src/inference/providers/catalogue.ts";

export const providerPresets = catalogue.map(({ id, name, baseUrl, keyPage, needsKey }) => ({
  id,
  name,
  baseUrl,
  keyPage,
  needsKey,
}));

/** Some services say no more than the id. */
export const remoteModels: readonly RemoteModel[] = [
  { id: "deepseek-chat", name: "DeepSeek V3", contextTokens: 131_072 },
  { id: "deepseek-reasoner", name: "deepseek-reasoner", contextTokens: null },
  ...Array.from({ length: 12 }, (_, number) => {
    const id = `deepseek-experimental-with-a-long-name-${number + 1}`;
    return { id, name: id, contextTokens: 65_536 };
  }),
];

export function seedProvider(changes: Partial<Provider>): Provider {
  return {
    id: "01900000-0000-7000-8000-00000000d001",
    slug: "deepseek",
    name: "DeepSeek",
    preset: "deepseek",
    baseUrl: "https://api.deepseek.com/v1",
    keyHint: "c592",
    models: remoteModels.slice(0, 2),
    isDisabled: false,
    createdAt: 0,
    ...changes,
  };
}

export function seedProviders(): Provider[] {
  return [
    seedProvider({}),
    seedProvider({
      id: "01900000-0000-7000-8000-00000000d002",
      slug: "office-gpu",
      name: "Office GPU",
      preset: "other",
      baseUrl: "http://192.168.1.20:8000/v1",
      keyHint: null,
      models: [{ id: "qwen3-32b", name: "Qwen3 32B", contextTokens: 32_768 }],
      isDisabled: true,
    }),
  ];
}
