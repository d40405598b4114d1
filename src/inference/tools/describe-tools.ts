// Tools for a model whose template knows none: told in words, in the form that most models have seen.
import type { ModelMessage, ToolCall, ToolDefinition } from "../model-call.ts";

/** The conversation with tools, calls and results written out as text. */
export function withToolsInWords(
  messages: readonly ModelMessage[],
  tools: readonly ToolDefinition[],
): readonly ModelMessage[] {
  const written = inWords(messages);
  if (tools.length === 0) return written;
  const [first, ...rest] = written;
  const words = describeTools(tools);
  return first?.role === "system"
    ? [{ ...first, content: `${first.content}\n\n${words}` }, ...rest]
    : [{ role: "system", content: words }, ...written];
}

function describeTools(tools: readonly ToolDefinition[]): string {
  const lines = tools.map(({ name, description, parameters }) =>
    JSON.stringify({ type: "function", function: { name, description, parameters } }),
  );
  return [
    "# Tools",
    "",
    "You may call one or more functions to help with what is asked. Their signatures, within <tools></tools>:",
    "<tools>",
    ...lines,
    "</tools>",
    "",
    "To call a function, answer with its name and its arguments as JSON within <tool_call></tool_call>:",
    "<tool_call>",
    '{"name": <function-name>, "arguments": <arguments-as-json-object>}',
    "</tool_call>",
  ].join("\n");
}

/** Results side by side are one message, as templates want the roles to alternate. */
function inWords(messages: readonly ModelMessage[]): readonly ModelMessage[] {
  const written: ModelMessage[] = [];
  for (const [index, message] of messages.entries()) {
    const { role, content, toolCalls, toolCallId: _, ...rest } = message;
    const before = written.at(-1);
    if (role === "tool") {
      const result = `<tool_response>\n${content}\n</tool_response>`;
      if (before !== undefined && messages[index - 1]?.role === "tool")
        written[written.length - 1] = { ...before, content: `${before.content}\n${result}` };
      else written.push({ role: "user", content: result });
    } else if (toolCalls === undefined) written.push(message);
    else {
      const texts = [content, ...toolCalls.map(callInWords)].filter((text) => text !== "");
      written.push({ ...rest, role, content: texts.join("\n") });
    }
  }
  return written;
}

function callInWords({ name, arguments: given }: ToolCall): string {
  return `<tool_call>\n{"name": ${JSON.stringify(name)}, "arguments": ${given}}\n</tool_call>`;
}
