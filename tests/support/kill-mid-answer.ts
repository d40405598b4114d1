// Kills the real server (kill -9) while the starter model answers several chats, starts it again on the same data and
// looks at what is left. Everything random comes from the seed.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Turn } from "../../src/features/chats/contract.ts";
import { newId } from "../../src/platform/new-id.ts";
import { type ApiClient, demand, followRun, readMessages } from "./api-client.ts";
import { startTestServer, type TestServer } from "./start-test-server.ts";
import { seededRandom } from "./seeded-random.ts";

export interface KillReport {
  /** Answers that were being written when the server died. */
  readonly cutAnswers: number;
  readonly acknowledgedMessages: number;
  readonly continuedAnswers: number;
  /** The oldest text that a reader had seen and that is gone, by its age when the server died; 0 where none is. */
  readonly worstLossMs: number;
  /** What should not be; empty when all is well. */
  readonly faults: readonly string[];
}

/** A piece of an answer as its reader got it. */
interface Arrival {
  readonly at: number;
  readonly textLength: number;
}

interface WatchedAnswer {
  readonly chatId: string;
  readonly messageId: string;
  readonly runId: string;
  text: string;
  readonly arrivals: Arrival[];
}

export async function killMidAnswer(options: { rounds: number; seed: number; streams: number }): Promise<KillReport> {
  const random = seededRandom(options.seed);
  const dataFolder = await mkdtemp(join(tmpdir(), "shobar-kill-"));
  const report = {
    cutAnswers: 0,
    acknowledgedMessages: 0,
    continuedAnswers: 0,
    worstLossMs: 0,
    faults: [] as string[],
  };
  const acknowledged = new Map<string, string>();
  let cut: WatchedAnswer[] = [];
  let killedAt = 0;
  try {
    for (let round = 0; round <= options.rounds; round++) {
      const server = await startTestServer({ dataFolder });
      const browser = { url: server.url, headers: await (round === 0 ? server.claim() : server.signIn()) };
      await lookAt(browser, cut, killedAt, report);
      await expectAcknowledged(browser, acknowledged, report);
      if (cut[0]) {
        await continueAnswer(browser, cut[0], report);
      }
      if (round === options.rounds) {
        await server.stop();
        break;
      }
      ({ cut, killedAt } = await answerAndKill(server, browser, { ...options, random }, acknowledged));
    }
  } finally {
    await rm(dataFolder, { recursive: true, force: true });
  }
  report.acknowledgedMessages = acknowledged.size;
  return report;
}

async function answerAndKill(
  server: TestServer,
  browser: ApiClient,
  { streams, random }: { streams: number; random: () => number },
  acknowledged: Map<string, string>,
): Promise<{ cut: WatchedAnswer[]; killedAt: number }> {
  const answers = await Promise.all(Array.from({ length: streams }, () => ask(browser, acknowledged)));
  const wanted = 3 + Math.floor(random() * 30);
  const { promise: enough, resolve } = Promise.withResolvers<void>();
  const readers = answers.map((answer) =>
    follow(browser, answer, () => {
      if (answers.every(({ arrivals }) => arrivals.length > 0) && countArrivals(answers) >= wanted) {
        resolve();
      }
    }),
  );
  await Promise.race([enough, Promise.all(readers)]);
  // Acknowledgements that race with the death: each that arrives must hold.
  const racing = Array.from({ length: 4 }, () => ask(browser, acknowledged).catch(() => undefined));
  await Promise.race([...racing, new Promise((fired) => setTimeout(fired, random() * 250))]);
  const killedAt = performance.now();
  await server.stop("SIGKILL");
  await Promise.all([...readers, ...racing]);
  return { cut: answers, killedAt };
}

const countArrivals = (answers: readonly WatchedAnswer[]): number =>
  answers.reduce((sum, { arrivals }) => sum + arrivals.length, 0);

async function ask(browser: ApiClient, acknowledged: Map<string, string>): Promise<WatchedAnswer> {
  const ids = { chatId: newId(), messageId: newId() };
  const text = "Write a long story about a dog and its friends.";
  const { answer, question } = await demand<Turn>(browser, "POST", "/api/chats", { ...ids, text });
  acknowledged.set(question!.id, ids.chatId);
  return { chatId: ids.chatId, messageId: answer.id, runId: answer.run!.id, text: "", arrivals: [] };
}

/** Reads until the answer or the server ends. */
function follow(browser: ApiClient, answer: WatchedAnswer, onText: () => void): Promise<void> {
  return followRun(browser, answer.runId, (event) => {
    if (event.type === "text-delta") {
      answer.text += event.text;
      answer.arrivals.push({ at: performance.now(), textLength: answer.text.length });
      onText();
    }
  });
}

async function lookAt(
  browser: ApiClient,
  answers: readonly WatchedAnswer[],
  killedAt: number,
  report: { cutAnswers: number; worstLossMs: number; faults: string[] },
): Promise<void> {
  for (const answer of answers) {
    const messages = await readMessages(browser, answer.chatId);
    const kept = messages.find(({ id }) => id === answer.messageId);
    const status = kept?.run?.status;
    if (!kept || (status !== "interrupted" && status !== "done")) {
      report.faults.push(`an answer is ${kept ? `shown as ${status}` : "gone"}`);
      continue;
    }
    report.cutAnswers += status === "interrupted" ? 1 : 0;
    if (!kept.text.startsWith(answer.text) && !answer.text.startsWith(kept.text)) {
      report.faults.push("an answer's text is another than its reader saw");
    }
    const lost = answer.arrivals.find(({ textLength }) => textLength > kept.text.length);
    report.worstLossMs = Math.max(report.worstLossMs, lost ? killedAt - lost.at : 0);
    answer.text = kept.text;
  }
}

async function expectAcknowledged(
  browser: ApiClient,
  acknowledged: ReadonlyMap<string, string>,
  report: { faults: string[] },
): Promise<void> {
  for (const [messageId, chatId] of acknowledged) {
    const messages = await readMessages(browser, chatId);
    if (!messages.some(({ id }) => id === messageId)) {
      report.faults.push("an acknowledged message is gone");
    }
    const open = messages.filter(({ run }) => run && run.endedAt === null);
    if (open.length > 0) {
      report.faults.push("an answer of a dead process is shown as being written");
    }
  }
}

async function continueAnswer(
  browser: ApiClient,
  answer: WatchedAnswer,
  report: { continuedAnswers: number; faults: string[] },
): Promise<void> {
  const [, before] = await readMessages(browser, answer.chatId);
  if (before?.run?.status !== "interrupted") {
    return;
  }
  const turn = await demand<Turn>(browser, "POST", `/api/runs/${answer.runId}/continue`);
  const continued: WatchedAnswer = { ...answer, runId: turn.answer.run!.id, text: "", arrivals: [] };
  const { promise: grown, resolve } = Promise.withResolvers<void>();
  const reader = follow(browser, continued, () => {
    if (continued.text.length > answer.text.length) {
      resolve();
    }
  });
  await Promise.race([grown, reader]);
  await demand(browser, "POST", `/api/runs/${continued.runId}/stop`);
  await reader;
  const [, after] = await readMessages(browser, answer.chatId);
  if (!after?.text.startsWith(answer.text) || after.text !== continued.text) {
    report.faults.push("a continued answer does not begin with what had arrived");
  }
  report.continuedAnswers += 1;
}
