// Stands in for engine-worker.ts in tests: speaks the same protocol, needs no model, and misbehaves when told to.
// The model file's name steers loading, the last text of a prompt steers the answer.
import type { GenerateCommand, WorkerCommand, WorkerEvent } from "./worker-protocol.ts";

const running = new Set<string>();
const waiting: GenerateCommand[] = [];
let isDeaf = false;
let steps = 0;
let lentCores = 0;

function send(event: WorkerEvent): void {
  process.send?.(event);
}

function load(modelFile: string): void {
  send({ type: "load-progress", percent: 40 });
  if (modelFile.includes("load-fails")) return send({ type: "load-failed", problem: "the tensors do not add up" });
  if (modelFile.includes("load-crashes")) process.abort();
  if (modelFile.includes("load-hangs")) {
    isDeaf = true;
    return;
  }
  send({ type: "loaded", contextTokens: 2048, trainedContextTokens: 8192, cpuVariant: "fake" });
}

/** `hold` streams one word and waits for ever, `lent` says how many cores are, `crash` and `hang` do that, `wait` stays in the queue, else an echo. */
function generate(command: GenerateCommand): void {
  const { requestId } = command;
  const text = command.prompt.findLast((part) => part.kind === "text")?.text ?? "";
  if (text.startsWith("wait")) {
    waiting.push(command);
    return send({ type: "queue-position", requestId, position: waiting.length, estimatedMs: null });
  }
  send({ type: "started", requestId, promptTokens: command.prompt.length, cachedTokens: 0 });
  running.add(requestId);
  if (text.startsWith("too long")) {
    return send({
      type: "failed",
      requestId,
      code: "context_length_exceeded",
      details: { promptTokens: 9, contextTokens: 8 },
    });
  }
  if (text.startsWith("crash")) process.abort();
  if (text.startsWith("hang")) {
    isDeaf = true;
    return;
  }
  if (text.startsWith("lent")) return echo(command, String(lentCores));
  if (text.startsWith("hold")) return send({ type: "text", requestId, text: "holding", tokens: 1 });
  echo(command, text);
}

function echo(command: GenerateCommand, text: string): void {
  const { requestId } = command;
  const words = text.match(/\s*\S+/g) ?? [];
  for (const word of words) {
    steps += 1;
    send({ type: "step", texts: [{ requestId, text: word, tokens: 1 }] });
  }
  running.delete(requestId);
  const usage = { promptTokens: command.prompt.length, cachedTokens: 0, completionTokens: words.length };
  const alone = { tokens: words.length, ms: words.length * 20 };
  send({ type: "ended", requestId, finishReason: "stop", usage, alone });
}

function pong(id: number): void {
  const stats = {
    runningSequences: running.size,
    waitingRequests: waiting.length,
    steps,
    promptTokens: 0,
    cachedTokens: 0,
    generatedTokens: 0,
    meanStepMs: 1,
    residentBytes: 0,
  };
  send({ type: "pong", id, stats });
}

process.on("message", (command: WorkerCommand) => {
  if (isDeaf) return;
  switch (command.type) {
    case "load":
      load(command.plan.modelFile);
      break;
    case "generate":
      generate(command);
      break;
    case "cancel":
      running.delete(command.requestId);
      send({ type: "cancelled", requestId: command.requestId });
      break;
    case "tokenize":
      if (command.prompt[0]?.text.startsWith("crash")) process.abort();
      send({ type: "tokens", requestId: command.requestId, tokens: command.prompt.map(toToken) });
      break;
    case "detokenize":
      send({ type: "detokenized", requestId: command.requestId, text: command.tokens.join(" ") });
      break;
    case "lend-cores":
      lentCores = command.cores;
      break;
    case "forget":
      send({ type: "forgotten", id: command.id });
      break;
    case "ping":
      pong(command.id);
      break;
    case "shutdown":
      process.exit(0);
  }
});
process.on("disconnect", () => process.exit(0));

function toToken({ text }: { readonly text: string }, id: number) {
  return { id, bytes: Buffer.from(text) };
}
