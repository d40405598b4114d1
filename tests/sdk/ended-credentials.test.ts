// What programs with an official package see when their key, or its person, goes in the middle of a stream: an error
// within a second, and nothing more with that key. The model writes on for ever here, so the end has no other cause.
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { streamText } from "ai";
import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildTestApp, type TestApp, type TestUser } from "../support/build-test-app.ts";
import { createEventFeed } from "../support/fake-model.ts";

const endsWithinMs = 1000;

let server: TestApp;
let address: string;
beforeEach(async () => {
  server = await buildTestApp();
  server.model.answer = () => {
    const feed = createEventFeed();
    feed.push({ type: "call-start", promptTokens: 1, cachedTokens: 0 });
    feed.push({ type: "text-delta", text: "Once upon a time", tokens: 4 });
    return feed;
  };
  address = await server.app.listen({ host: "127.0.0.1", port: 0 });
});
afterEach(() => server[Symbol.asyncDispose]());

/** Reads until the stream ends; answers the text and what it ended with. `onText` is called with the first piece. */
type ReadStream = (apiKey: string, onText: () => void) => Promise<{ text: string; error: unknown }>;

const readWithOpenAi: ReadStream = async (apiKey, onText) => {
  const client = new OpenAI({ baseURL: `${address}/v1`, apiKey });
  let text = "";
  try {
    const question = { model: "fake", messages: [{ role: "user" as const, content: "Tell a story" }] };
    for await (const chunk of await client.chat.completions.create({ ...question, stream: true })) {
      text += chunk.choices[0]?.delta.content ?? "";
      if (text !== "") onText();
    }
    return { text, error: null };
  } catch (error) {
    return { text, error };
  }
};

const readWithAiSdk: ReadStream = async (apiKey, onText) => {
  const provider = createOpenAICompatible({ name: "shobar", baseURL: `${address}/v1`, apiKey });
  const errors: unknown[] = [];
  const onError = ({ error }: { error: unknown }) => void errors.push(error);
  let text = "";
  for await (const part of streamText({ model: provider("fake"), prompt: "Tell a story", onError }).fullStream) {
    if (part.type === "text-delta") {
      text += part.text;
      onText();
    }
  }
  return { text, error: errors[0] ?? null };
};

async function revokeKey(person: TestUser): Promise<unknown> {
  const { items } = (await person.inject({ method: "GET", url: "/api/api-keys" })).json<{ items: { id: string }[] }>();
  return person.inject({ method: "DELETE", url: `/api/api-keys/${items[0]?.id}` });
}

const ways: Record<string, (person: TestUser) => Promise<unknown>> = {
  "its key is revoked": revokeKey,
  "its person is disabled": (person) => server.disable(person),
};

describe.each(Object.entries({ "the openai package": readWithOpenAi, "the AI SDK": readWithAiSdk }))(
  "A stream of %s",
  (_name, read) => {
    test.each(Object.entries(ways))("fails within a second when %s", async (_how, end) => {
      const person = await server.aUser();
      const secret = await person.anApiKey();
      const begun = Promise.withResolvers<void>();
      const reading = read(secret, begun.resolve);
      await begun.promise;
      await end(person);
      const toldAt = performance.now();
      const { text, error } = await reading;
      expect(performance.now() - toldAt).toBeLessThan(endsWithinMs);
      expect(text).toBe("Once upon a time");
      expect(String(error)).toMatch(/API key/i);
      const again = await read(secret, () => {});
      expect(again).toMatchObject({ text: "", error: expect.anything() });
    });
  },
);
