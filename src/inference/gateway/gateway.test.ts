import { describe, expect, test } from "vitest";
import { createFakeModel } from "../../../tests/support/fake-model.ts";
import type { ModelCaller, ModelCallRequest, ModelEvent } from "../model-call.ts";
import { createGateway } from "./gateway.ts";
import type { TextFilter } from "./hold-back.ts";

function aRequest(model: string): ModelCallRequest {
  const signal = new AbortController().signal;
  return { model, messages: [{ role: "user", content: "Hi" }], lane: "api", userId: "ana", cacheScope: "ana", signal };
}

function readAll(caller: ModelCaller, model = "fake"): Promise<ModelEvent[]> {
  return Array.fromAsync(caller.call(aRequest(model)));
}

const deltas = (events: readonly ModelEvent[]) =>
  events.flatMap((event) => (event.type === "text-delta" ? [[event.text, event.tokens]] : []));

/** Releases whole sentences only, and nothing of the word "model". */
function bySentence(): TextFilter {
  let held = "";
  return {
    push(text) {
      held += text;
      const end = held.lastIndexOf(".") + 1;
      const released = held.slice(0, end).replaceAll("model", "*****");
      held = held.slice(end);
      return released;
    },
    end: () => held,
  };
}

describe("choosing", () => {
  test("a model is found by its id, with or without the tag that other servers add", async () => {
    const caller = createFakeModel();
    await readAll(createGateway({ caller }), "fake");
    await readAll(createGateway({ caller }), "fake:latest");
    expect(caller.requests.map((request) => request.model)).toEqual(["fake", "fake"]);
  });

  test("an unknown name and a server without models are told apart", async () => {
    const caller = createFakeModel();
    await expect(readAll(createGateway({ caller }), "other")).rejects.toMatchObject({ code: "model_not_found" });
    const empty: ModelCaller = { ...caller, listModels: async () => [] };
    await expect(readAll(createGateway({ caller: empty }))).rejects.toMatchObject({ code: "no_model" });
  });
});

describe("holding back", () => {
  test("without filters everything passes as it comes", async () => {
    const caller = createFakeModel();
    expect(await readAll(createGateway({ caller }))).toEqual(await readAll(caller));
  });

  test("text leaves only when the filter lets it, and no token is lost", async () => {
    const caller = createFakeModel();
    const events = await readAll(createGateway({ caller, textFilters: [bySentence] }));
    expect(deltas(events)).toEqual([["Hello from the *****.", 4]]);
    expect(events.at(-1)?.type).toBe("call-end");
  });

  test("tokens that nobody has counted stay uncounted", async () => {
    const caller = createFakeModel();
    caller.answer = async function* () {
      yield { type: "text-delta", text: "Hello from the model", tokens: null };
      yield { type: "text-delta", text: ".", tokens: null };
      yield { type: "call-end", finishReason: "stop", usage: null };
    };
    const events = await readAll(createGateway({ caller, textFilters: [bySentence] }));
    expect(deltas(events).map(([, tokens]) => tokens)).toEqual([null]);
  });

  test("what is still held at the end comes before the end, through every later filter", async () => {
    const everything = (): TextFilter => {
      let held = "";
      return { push: (text) => ((held += text), ""), end: () => held };
    };
    const loud = (): TextFilter => ({ push: (text) => text.toUpperCase(), end: () => "!" });
    const events = await readAll(createGateway({ caller: createFakeModel(), textFilters: [everything, loud] }));
    expect(deltas(events)).toEqual([["HELLO FROM THE MODEL.!", 4]]);
    expect(events.map((event) => event.type)).toEqual(["call-start", "text-delta", "call-end"]);
  });

  test("a filter that throws ends the call with its error", async () => {
    const refusing = (): TextFilter => ({
      push: () => {
        throw new Error("not this");
      },
      end: () => "",
    });
    await expect(readAll(createGateway({ caller: createFakeModel(), textFilters: [refusing] }))).rejects.toThrow(
      "not this",
    );
  });
});
