// Tokens and prompts of the models of this machine: asked of a model's process, which is started for it if need be.
import { randomUUID } from "node:crypto";
import type { PromptTools } from "../prompt-tools.ts";
import type { RunningModel } from "./local-engine-models.ts";
import type { WorkerEvent, WorkerQuestion } from "./worker-protocol.ts";

export function createPromptTools(start: (modelId: string) => Promise<RunningModel>): PromptTools {
  const ask = async <Type extends WorkerEvent["type"]>(modelId: string, question: WorkerQuestion, type: Type) => {
    const { engine } = await start(modelId);
    const event = await engine.ask(question);
    if (event.type !== type) throw new TypeError(`the engine answered ${question.type} with ${event.type}`);
    return event as Extract<WorkerEvent, { type: Type }>;
  };
  return {
    async tokenize(modelId, text, { parseSpecial, addBegin }) {
      const prompt = [{ kind: parseSpecial ? "control" : "text", text }] as const;
      const question = { type: "tokenize", requestId: randomUUID(), prompt, addBegin } as const;
      return (await ask(modelId, question, "tokens")).tokens;
    },
    async detokenize(modelId, tokens) {
      const question = { type: "detokenize", requestId: randomUUID(), tokens } as const;
      return (await ask(modelId, question, "detokenized")).text;
    },
    async renderPrompt(modelId, messages) {
      const { template } = await start(modelId);
      return template
        .render(messages)
        .map(({ text }) => text)
        .join("");
    },
  };
}
