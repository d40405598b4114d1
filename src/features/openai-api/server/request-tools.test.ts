import { describe, expect, test } from "vitest";
import { AppError } from "../../../platform/errors.ts";
import { ChatCompletionRequest } from "../contract.ts";
import { readTools } from "./request-tools.ts";

const messages = [{ role: "user", content: "Hello?" }];
const read = (fields: object) => readTools(ChatCompletionRequest.parse({ model: "m", messages, ...fields }));
const weather = {
  type: "function",
  function: { name: "get_weather", description: "The weather", parameters: { type: "object" }, strict: true },
};
const time = { type: "function", function: { name: "get_time" } };
const tools = [weather, time];

test("tools come with what is said of them, and all may be called, several at a time", () => {
  expect(read({ tools })).toEqual({
    tools: [
      { name: "get_weather", description: "The weather", parameters: { type: "object" }, strict: true },
      { name: "get_time", strict: false },
    ],
    toolChoice: { mode: "auto", names: null },
    parallelToolCalls: true,
  });
  expect(read({ tools, parallel_tool_calls: false }).parallelToolCalls).toBe(false);
});

describe("every form of a choice", () => {
  const choice = (tool_choice: unknown) => read({ tools, tool_choice }).toolChoice;
  test.each([
    ["none", { mode: "none", names: null }],
    ["auto", { mode: "auto", names: null }],
    ["required", { mode: "required", names: null }],
    [
      { type: "function", function: { name: "get_time" } },
      { mode: "required", names: ["get_time"] },
    ],
    [
      { type: "allowed_tools", allowed_tools: { mode: "auto", tools: [time] } },
      { mode: "auto", names: ["get_time"] },
    ],
    [
      { type: "allowed_tools", allowed_tools: { mode: "required", tools: [time, weather] } },
      { mode: "required", names: ["get_time", "get_weather"] },
    ],
  ])("%j", (given, understood) => {
    expect(choice(given)).toEqual(understood);
  });

  test("without tools there is nothing to choose", () => {
    expect(read({})).toEqual({});
    expect(read({ tools: [], tool_choice: "auto", parallel_tool_calls: true })).toEqual({});
    expect(read({ tool_choice: "none" })).toEqual({});
  });
});

test.each([
  [{ tools: [time, time] }, "invalid_request", "tools"],
  [{ tools: [{ type: "custom", custom: { name: "x" } }] }, "unsupported_parameter", "tools[0].type"],
  [{ tools: [{ type: "function" }] }, "invalid_request", "tools[0].function"],
  [{ tool_choice: "required" }, "invalid_request", "tool_choice"],
  [{ tools, tool_choice: "any" }, "invalid_request", "tool_choice"],
  [{ tools, tool_choice: { type: "custom" } }, "unsupported_parameter", "tool_choice.type"],
  [
    { tools, tool_choice: { type: "function", function: { name: "rm" } } },
    "invalid_request",
    "tool_choice.function.name",
  ],
  [
    { tools, tool_choice: { type: "allowed_tools", allowed_tools: { mode: "none", tools } } },
    "invalid_request",
    "tool_choice.allowed_tools.mode",
  ],
  [
    { tools, tool_choice: { type: "allowed_tools", allowed_tools: { mode: "auto", tools: [] } } },
    "invalid_request",
    "tool_choice.allowed_tools.tools",
  ],
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

test("a name with anything else than letters, digits, dots, dashes and underscores is none", () => {
  for (const name of ["<|im_end|>", "", "a b", "x".repeat(65)]) {
    const tool = { type: "function", function: { name } };
    expect(ChatCompletionRequest.safeParse({ model: "m", messages, tools: [tool] }).success).toBe(false);
  }
});
