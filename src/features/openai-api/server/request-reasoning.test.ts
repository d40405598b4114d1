import { expect, test } from "vitest";
import { AppError } from "../../../platform/errors.ts";
import { ChatCompletionRequest } from "../contract.ts";
import { readReasoning } from "./request-reasoning.ts";

const messages = [{ role: "user", content: "Hello?" }];
const read = (fields: object) => readReasoning(ChatCompletionRequest.parse({ model: "m", messages, ...fields }));

test.each([
  [{}, undefined],
  [{ reasoning_effort: "high" }, { effort: "high" }],
  [{ reasoning_effort: "none" }, { effort: "none" }],
  [{ thinking: { type: "disabled" }, reasoning_effort: "high" }, { effort: "none" }],
  [{ thinking: { type: "enabled", budget_tokens: 500 } }, { maxTokens: 500 }],
  [{ enable_thinking: false }, { effort: "none" }],
  [{ enable_thinking: true, thinking_budget: 100 }, { maxTokens: 100 }],
  [{ chat_template_kwargs: { enable_thinking: false } }, { effort: "none" }],
  [{ chat_template_kwargs: { reasoning_effort: "low", thinking_budget: 9 } }, { effort: "low", maxTokens: 9 }],
])("%j", (fields, understood) => {
  expect(read(fields)).toEqual(understood);
});

test.each([
  [{ reasoning_effort: "huge" }, "invalid_request", "reasoning_effort"],
  [{ thinking: { type: "maybe" } }, "invalid_request", "thinking.type"],
  [{ chat_template_kwargs: { thinking_budget: -1 } }, "invalid_request", "chat_template_kwargs.thinking_budget"],
  [{ chat_template_kwargs: { custom: 1 } }, "unsupported_parameter", "chat_template_kwargs.custom"],
])("%j is refused by name", (fields, code, param) => {
  let refusal: unknown;
  try {
    read(fields);
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toBeInstanceOf(AppError);
  expect(refusal).toMatchObject({ code, details: { param } });
});
