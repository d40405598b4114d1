import { expect, test } from "vitest";
import { AppError } from "../../../platform/errors.ts";
import { ChatCompletionRequest } from "../contract.ts";
import { readMessages } from "./request-messages.ts";

function read(...messages: object[]) {
  return readMessages(ChatCompletionRequest.parse({ model: "m", messages }).messages);
}

test("developer is system; text parts are joined line by line; names stay", () => {
  expect(
    read(
      { role: "developer", content: "Be kind." },
      {
        role: "user",
        name: "ana",
        content: [
          { type: "text", text: "One" },
          { type: "text", text: "two" },
        ],
      },
      { role: "assistant", content: "Three", tool_calls: [], refusal: null },
      { role: "user", content: "" },
    ),
  ).toEqual([
    { role: "system", content: "Be kind." },
    { role: "user", name: "ana", content: "One\ntwo" },
    { role: "assistant", content: "Three" },
    { role: "user", content: "" },
  ]);
});

test("calls of tools and their results are a part of the conversation", () => {
  const call = { id: "call_1", type: "function", function: { name: "get_time", arguments: "{}" } };
  expect(
    read(
      { role: "user", content: "When?" },
      { role: "assistant", content: null, reasoning_content: "I look.", tool_calls: [call] },
      { role: "tool", tool_call_id: "call_1", content: [{ type: "text", text: "Noon" }] },
    ),
  ).toEqual([
    { role: "user", content: "When?" },
    {
      role: "assistant",
      content: "",
      reasoning: "I look.",
      toolCalls: [{ id: "call_1", name: "get_time", arguments: "{}" }],
    },
    { role: "tool", content: "Noon", toolCallId: "call_1" },
  ]);
});

test.each([
  ["invalid_request", "messages[1].tool_call_id", { role: "tool", tool_call_id: "x", content: "1" }],
  ["invalid_request", "messages[1].tool_call_id", { role: "tool", content: "1" }],
  [
    "unsupported_parameter",
    "messages[1].tool_calls[0].type",
    { role: "assistant", content: null, tool_calls: [{ id: "x", type: "custom" }] },
  ],
  [
    "invalid_request",
    "messages[1].tool_calls[0].function",
    { role: "assistant", content: null, tool_calls: [{ id: "x" }] },
  ],
  ["unsupported_parameter", "messages[1].role", { role: "function", name: "x", content: "1" }],
  ["unsupported_parameter", "messages[1].refusal", { role: "assistant", content: null, refusal: "No." }],
  [
    "unsupported_parameter",
    "messages[1].content[0].type",
    { role: "user", content: [{ type: "image_url", image_url: {} }] },
  ],
  ["invalid_request", "messages[1].content[0].text", { role: "user", content: [{ type: "text" }] }],
  ["invalid_request", "messages[1].content", { role: "user", content: null }],
  ["invalid_request", "messages[1].role", { role: "constructor", content: "x" }],
])("%s: %s", (code, param, message) => {
  let refusal: unknown;
  try {
    read({ role: "user", content: "fine" }, message);
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toBeInstanceOf(AppError);
  expect(refusal).toMatchObject({ code, details: { param } });
});
