// The engine's side of saved states in the main process: which keys and names a model's process gets, and deleting them.
import { forgetStates } from "../cache/forget-states.ts";
import { createCacheKeys, modelFingerprint } from "../cache/cache-keys.ts";
import type { PrefixCachePlan } from "../cache/prefix-cache.ts";
import type { StateTags } from "../cache/state-name.ts";
import type { ModelCallRequest, SavedStates } from "../model-call.ts";
import { findLibraryFiles } from "./find-llama-library.ts";
import type { LocalEngineOptions } from "./local-engine-options.ts";
import type { MemoryPlan } from "./memory-plan.ts";
import type { ModelFile } from "./model-file.ts";

export interface EngineStates extends SavedStates {
  /** Undefined where nothing is saved. */
  planFor(file: ModelFile, plan: MemoryPlan, libraryFolder: string): Promise<PrefixCachePlan | undefined>;
  tagsOf(request: Pick<ModelCallRequest, "userId" | "conversationId" | "cacheScope">): StateTags | undefined;
}

/** A process that does not answer keeps nobody from deleting; its files are deleted all the same. */
const forgetLimitMs = 2000;

/** `forgetIn`: tells every running process to let go of a tag. */
export function createEngineStates(
  { savedStates, logger }: Pick<LocalEngineOptions, "savedStates" | "logger">,
  forgetIn: (tag: string) => Promise<unknown>,
): EngineStates {
  if (savedStates === undefined) {
    return { planFor: async () => undefined, tagsOf: () => undefined, forgetSaved: async () => undefined };
  }
  const { folder, secret, diskBytes } = savedStates;
  const keys = createCacheKeys(secret);

  return {
    async planFor({ path, fileBytes, modifiedAt }, { contexts }, libraryFolder) {
      if (diskBytes === 0) return undefined;
      // All contexts of a plan have the same.
      const kvType = contexts[0]?.kvType ?? "none";
      const libraryFile = findLibraryFiles(libraryFolder).llama;
      const model = await modelFingerprint({ path, fileBytes, modifiedAt, kvType, libraryFile });
      return { folder, model, key: keys.keyOf(model), diskBytes };
    },
    tagsOf: ({ userId, conversationId, cacheScope }) => ({
      owner: keys.tagOf("owner", userId),
      conversation: keys.tagOf("conversation", conversationId ?? cacheScope),
    }),
    async forgetSaved({ kind, id }) {
      const tag = keys.tagOf(kind, id);
      try {
        const late = new Promise((resolve) => setTimeout(resolve, forgetLimitMs).unref());
        await Promise.race([forgetIn(tag), late]);
        await forgetStates(folder, tag);
      } catch (error) {
        logger.warn({ event: "saved-states-not-deleted", err: error });
      }
    },
  };
}
