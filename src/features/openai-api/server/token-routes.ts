// Tokens and prompts of the models of this machine, for programs that count or look before they ask.
import type { ModelCaller } from "../../../inference/model-call.ts";
import type { PromptTools, Token } from "../../../inference/prompt-tools.ts";
import type { Database } from "../../../platform/database/command.ts";
import { AppError } from "../../../platform/errors.ts";
import type { Serve } from "../../../platform/http/serve-endpoint.ts";
import { getDefaultModel } from "../../models/server/default-model.ts";
import { findModel } from "../../models/server/models.ts";
import * as contract from "../token-contract.ts";
import { readMessages } from "./request-messages.ts";

export interface TokenRoutesParts {
  readonly db: Database;
  readonly caller: ModelCaller;
  readonly promptTools: PromptTools;
}

export function tokenRoutes(serve: Serve, parts: TokenRoutesParts): void {
  const { promptTools } = parts;
  serve(contract.tokenizeText, async ({ body, principal }) => {
    const modelId = await chooseHere(parts, principal.organisationId, body.model);
    const options = { parseSpecial: body.parse_special ?? true, addBegin: body.add_special ?? false };
    const tokens = await promptTools.tokenize(modelId, body.content, options);
    return { tokens: body.with_pieces === true ? tokens.map(withPiece) : tokens.map(({ id }) => id) };
  });
  serve(contract.detokenizeTokens, async ({ body, principal }) => {
    const modelId = await chooseHere(parts, principal.organisationId, body.model);
    return { content: await promptTools.detokenize(modelId, body.tokens) };
  });
  serve(contract.applyTemplate, async ({ body, principal }) => {
    const messages = readMessages(body.messages);
    const modelId = await chooseHere(parts, principal.organisationId, body.model);
    return { prompt: await promptTools.renderPrompt(modelId, messages) };
  });
}

/** Throws model_not_found, no_model, and invalid_request for a model that answers elsewhere. */
async function chooseHere(
  parts: TokenRoutesParts,
  organisationId: string,
  name: string | null | undefined,
): Promise<string> {
  const model =
    name == null ? (await getDefaultModel(parts, organisationId)).model : await findModel(parts.caller, name);
  if (model === undefined) {
    throw new AppError("no_model");
  }
  if (model.origin.kind !== "here") {
    const problem = `the tokens of ${model.id} are known to ${model.origin.name} alone; name a model of this machine`;
    throw new AppError("invalid_request", { param: "model", problem });
  }
  return model.id;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function withPiece({ id, bytes }: Token): { id: number; piece: string | number[] } {
  try {
    return { id, piece: utf8.decode(bytes) };
  } catch {
    return { id, piece: [...bytes] };
  }
}
