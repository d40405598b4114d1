// What a model of this machine makes of text, under the names that llama.cpp's own server has for it.
import * as z from "zod/mini";
import { endpoint } from "../../contract/endpoint.ts";
import { ChatMessage } from "./contract.ts";

/** Longer texts would keep the engine from its answers while they are split. */
const maxTextLength = 200_000;
const maxTokens = 100_000;

const boolean = z.nullish(z.boolean("must be true or false"));
const model = z.nullish(
  z
    .string("must be the id of a model")
    .check(z.minLength(1, "must be the id of a model"), z.maxLength(200, "is too long")),
);

export const tokenizeText = endpoint({
  method: "POST",
  path: "/tokenize",
  summary: "Split a text into the tokens of a model of this machine; of the default model where none is named",
  access: "api",
  body: z.looseObject(
    {
      model,
      content: z
        .string("must be a string")
        .check(z.maxLength(maxTextLength, `must have at most ${maxTextLength} characters`)),
      add_special: boolean,
      parse_special: boolean,
      with_pieces: boolean,
    },
    "must be a JSON object",
  ),
  response: z.object({
    /** With pieces: the text of each, or its bytes where they are a part of a character. */
    tokens: z.union([
      z.array(z.number()),
      z.array(z.object({ id: z.number(), piece: z.union([z.string(), z.array(z.number())]) })),
    ]),
  }),
});

export const detokenizeTokens = endpoint({
  method: "POST",
  path: "/detokenize",
  summary: "The text of tokens",
  access: "api",
  body: z.looseObject(
    {
      model,
      tokens: z
        .array(
          z.number("must be a list of token ids").check(z.int("must be a list of token ids")),
          "must be a list of token ids",
        )
        .check(z.maxLength(maxTokens, `must have at most ${maxTokens} tokens`)),
    },
    "must be a JSON object",
  ),
  response: z.object({ content: z.string() }),
});

export const applyTemplate = endpoint({
  method: "POST",
  path: "/apply-template",
  summary: "The prompt that a model's template writes of a conversation",
  access: "api",
  body: z.looseObject(
    {
      model,
      messages: z
        .array(ChatMessage, "must be a list of messages")
        .check(z.minLength(1, "must have at least one message")),
    },
    "must be a JSON object",
  ),
  response: z.object({ prompt: z.string() }),
});
