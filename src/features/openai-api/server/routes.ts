import type { FastifyReply } from "fastify";
import * as z from "zod/mini";
import { endpoint } from "../../../contract/endpoint.ts";
import type { ModelCaller } from "../../../inference/model-call.ts";
import type { Clock } from "../../../platform/clock.ts";
import type { Serve } from "../../../platform/http/serve-endpoint.ts";
import { openEventStream } from "../../../platform/http/stream-events.ts";
import * as contract from "../contract.ts";
import { getApiModel, listApiModels } from "./api-models.ts";
import {
  type CompletionIdentity,
  collectCompletion,
  prepareCompletion,
  type PreparedCompletion,
} from "./chat-completions.ts";
import { type QueuePlace, writeCompletion } from "./completion-stream.ts";

/** Clients that were told an address without `/v1`. `/models` is not among these: it is a page of the web app. */
const completionsWithoutVersion = endpoint({ ...contract.createChatCompletion, path: "/chat/completions" });

/** Ids such as `owner/name`, which some clients send with the slash as it is. */
const getModelOfOwner = endpoint({
  ...contract.getApiModel,
  path: "/v1/models/:owner/:name",
  params: z.object({ owner: z.string().check(z.maxLength(200)), name: z.string().check(z.maxLength(200)) }),
});

export interface OpenAiApiDependencies {
  readonly caller: ModelCaller;
  readonly clock: Clock;
}

/** Needs an app that ignores trailing slashes. Errors under these paths are rendered with openai-errors.ts. */
export function openAiApiRoutes(serve: Serve, dependencies: OpenAiApiDependencies): void {
  const { caller } = dependencies;
  serve(contract.listApiModels, () => listApiModels(caller));
  serve(contract.getApiModel, ({ params }) => getApiModel(caller, params.modelId));
  serve(getModelOfOwner, ({ params }) => getApiModel(caller, `${params.owner}/${params.name}`));
  for (const completions of [contract.createChatCompletion, completionsWithoutVersion]) {
    serve(completions, async ({ body, principal, reply, signal }) => {
      const completion = await prepareCompletion(dependencies, body, principal, signal);
      try {
        return await answer(caller, completion, reply);
      } catch (error) {
        // Nobody is there any more; a client whose key has ended is, and is told so.
        if (reply.raw.destroyed) {
          return reply.hijack();
        }
        throw error;
      }
    });
  }
}

async function answer(
  caller: ModelCaller,
  { identity, call, stream, includeUsage }: PreparedCompletion,
  reply: FastifyReply,
) {
  const events = caller.call(call);
  if (!stream) {
    const completion = await collectCompletion(identity, events);
    describeAnswer(reply, identity);
    return completion;
  }
  const open = (queued: QueuePlace | null) => {
    describeAnswer(reply, identity);
    describeWait(reply, queued);
    return openEventStream(reply);
  };
  await writeCompletion(events, { identity, includeUsage, open });
  return reply;
}

/** For programs that show it: the comments in the stream say it again, and how it changes. */
function describeWait(reply: FastifyReply, queued: QueuePlace | null): void {
  if (queued !== null) {
    reply.header("x-shobar-queue-position", String(queued.position));
    if (queued.estimatedMs !== null) {
      reply.header("x-shobar-queue-estimated-ms", String(Math.round(queued.estimatedMs)));
    }
  }
}

/** Whoever shows or stores an answer can tell that a machine wrote it, and which model. */
function describeAnswer(reply: FastifyReply, { model }: CompletionIdentity): void {
  reply.header("x-ai-generated", "true");
  reply.header("x-shobar-model", encodeURI(model));
  reply.header("openai-processing-ms", String(Math.round(reply.elapsedTime)));
}
