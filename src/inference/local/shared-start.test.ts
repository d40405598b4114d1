import { describe, expect, test } from "vitest";
import type { ModelMessage } from "../model-call.ts";
import { createChatTemplate } from "./chat-template.ts";
import { sharedCharacters, startOfPrompt } from "./shared-start.ts";

const system: ModelMessage = { role: "system", content: "You know the rules of the house." };
const ask = (content: string): ModelMessage => ({ role: "user", content });

const templates = {
  ChatML: null,
  "one that folds the system's text into the question":
    "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}" +
    "<start>{{ m.role }}\n{{ m.content }}<end>\n{% endfor %}",
};

describe.each(Object.entries(templates))("with %s", (_, template) => {
  const rendered = createChatTemplate({ fileName: "a.gguf", template, bosToken: null, eosToken: null });
  const shared = (messages: readonly ModelMessage[]) => {
    const prompt = rendered.render(messages);
    const characters = sharedCharacters(rendered, { messages, tools: [] }, prompt);
    return startOfPrompt(prompt, characters)
      .map(({ text }) => text)
      .join("");
  };

  test("the shared part has all of the system's text and nothing of what a person says", () => {
    const start = shared([system, ask("My secret is 42.")]);
    expect(start).toContain(system.content);
    expect(start).not.toContain("My");
    expect(shared([system, ask("Something else"), { role: "assistant", content: "Yes" }, ask("And?")])).toBe(start);
  });

  test("what tools there are belongs to it", () => {
    const tools = [{ name: "open_door", description: "Opens a door.", strict: false }];
    const messages = [ask("My secret is 42.")];
    const prompt = rendered.render(messages, { tools });
    const start = startOfPrompt(prompt, sharedCharacters(rendered, { messages, tools }, prompt));
    expect(JSON.stringify(start)).toContain("open_door");
    expect(JSON.stringify(start)).not.toContain("My");
  });

  test("nothing is shared without a system message at the start, or with nothing behind it", () => {
    expect(shared([ask("Hi"), system, ask("Hi")])).toBe("");
    expect(shared([ask("Hi")])).toBe("");
    expect(shared([system])).toBe("");
  });
});
