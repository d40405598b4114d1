// After clients have gone away, nothing of them is left: no sequence, no place in the queue, no memory.
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import OpenAI from "openai";
import { cutConnections, type CutPlan, type CutResult } from "./cut-connections.ts";
import { startTestServer, type TestServer } from "./start-test-server.ts";

export interface CutCheck extends CutResult {
  /** Resident memory of the server with its engine, MB: after a tenth of the connections, and after all. */
  readonly earlyMb: number;
  readonly lateMb: number;
  /** Answers to eight questions at once, afterwards. */
  readonly answered: number;
}

export async function checkCutConnections(plan: Omit<CutPlan, "onCut">): Promise<CutCheck> {
  await using server = await startTestServer();
  const browser = await server.claim();
  const made = await fetch(`${server.url}/api/api-keys`, {
    method: "POST",
    headers: browser,
    body: JSON.stringify({ name: "cut" }),
  });
  const { secret } = (await made.json()) as { secret: string };
  const client = new OpenAI({ apiKey: secret, baseURL: `${server.url}/v1`, timeout: 300_000, maxRetries: 0 });
  const model = (await client.models.list()).data[0]!.id;
  const ask = (content: string) =>
    client.chat.completions.create({ model, messages: [{ role: "user", content }], max_tokens: 4 });
  await ask("Are you there?");
  let earlyMb = 0;
  const result = await cutConnections(
    { url: server.url, apiKey: secret, model },
    {
      ...plan,
      onCut: async (done) => {
        if (done === Math.ceil(plan.count / 10)) earlyMb = await residentMb(server);
      },
    },
  );
  await untilReady(server, browser, model);
  const lateMb = await residentMb(server);
  const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => ask(`Say ${index}.`)));
  const answered = answers.filter(({ usage }) => (usage?.completion_tokens ?? 0) > 0).length;
  await untilReady(server, browser, model);
  return { ...result, earlyMb, lateMb, answered };
}

/** The engine has heard of every client that went away, and holds nothing for anybody. */
async function untilReady(server: TestServer, headers: Readonly<Record<string, string>>, model: string): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const response = await fetch(`${server.url}/api/models`, { headers });
    const { items } = (await response.json()) as { items: { id: string; state: { status: string } }[] };
    if (items.find(({ id }) => id === model)?.state.status === "ready") return;
    await delay(50);
  }
  throw new Error("the engine is still busy with clients that went away");
}

async function residentMb({ process: { pid } }: TestServer): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  const sizes = await Promise.all([String(pid), ...children.split(" ").filter((each) => each !== "")].map(residentOf));
  return sizes.reduce((sum, each) => sum + each, 0);
}

async function residentOf(pid: string): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1_000;
}
