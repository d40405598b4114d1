// The engine's code loads on first use, so that listening does not wait for it.
import type { LocalEngine } from "../inference/local/local-engine-options.ts";

export function createLazyEngine(open: () => Promise<LocalEngine>): LocalEngine {
  let engine: LocalEngine | undefined;
  let opening: Promise<LocalEngine> | undefined;

  async function get(): Promise<LocalEngine> {
    opening ??= open().then((opened) => (engine = opened));
    return opening;
  }

  return {
    async listModels() {
      return (await get()).listModels();
    },
    async *call(request) {
      yield* (await get()).call(request);
    },
    async load(modelId) {
      return (await get()).load(modelId);
    },
    async unload(modelId) {
      await (await opening)?.unload(modelId);
    },
    async tokenize(modelId, text, options) {
      return (await get()).tokenize(modelId, text, options);
    },
    async detokenize(modelId, tokens) {
      return (await get()).detokenize(modelId, tokens);
    },
    async renderPrompt(modelId, messages) {
      return (await get()).renderPrompt(modelId, messages);
    },
    async inspect(file) {
      return (await get()).inspect(file);
    },
    async plan(model) {
      return (await get()).plan(model);
    },
    lookAgain: () => engine?.lookAgain(),
    lendCore() {
      const lending = get().then(
        (opened) => opened.lendCore(),
        // What cannot be opened computes nothing.
        () => null,
      );
      return { [Symbol.dispose]: () => void lending.then((lent) => lent?.[Symbol.dispose]()) };
    },
    async forgetSaved(of) {
      await (await get()).forgetSaved(of);
    },
    loadedModels: () => engine?.loadedModels() ?? [],
    async stop() {
      // What could not be opened has nothing to stop.
      await (await opening?.catch(() => undefined))?.stop();
    },
  };
}
