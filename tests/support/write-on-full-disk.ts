// People write to a server whose disk is full again and again, each time at another byte. Everything random comes from
// the seed.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Turn } from "../../src/features/chats/contract.ts";
import { newId } from "../../src/platform/new-id.ts";
import { runProgram } from "../cli/run-program.ts";
import { type ApiClient, ask, demand, followRun, readAll, readMessages } from "./api-client.ts";
import { seededRandom } from "./seeded-random.ts";
import { mountSmallDisk, type SmallDisk } from "./small-disk.ts";
import { startTestServer } from "./start-test-server.ts";

export interface FullDiskReport {
  /** Times that the disk was full and something was refused. */
  readonly points: number;
  readonly acknowledged: number;
  readonly refused: number;
  /** Answers that ended while the disk was full. */
  readonly streams: number;
  /** What should not be; empty when all is well. */
  readonly faults: readonly string[];
}

interface Session {
  readonly client: ApiClient;
  readonly disk: SmallDisk;
  readonly random: () => number;
  readonly kept: { readonly messages: Map<string, string>; readonly keys: Set<string>; name: string };
  readonly faults: string[];
  refused: number;
}

/** What a start needs, and for each point what is acknowledged there: only the filler may make the disk full. */
const diskMegabytes = (points: number): number => 128 + 3 * points;
const mostRoomBytes = 200_000;
const writesAtOnce = 3;
/** A disk this full refuses long before. */
const mostTries = 100;
const pointsPerStream = 10;

export async function writeOnFullDisk(options: { points: number; seed: number }): Promise<FullDiskReport> {
  using disk = mountSmallDisk(diskMegabytes(options.points));
  const dataFolder = join(disk.folder, "data");
  const random = seededRandom(options.seed);
  const faults: string[] = [];
  const kept: Session["kept"] = { messages: new Map(), keys: new Set(), name: "Ana" };
  let streams = 0;
  let session: Session;
  {
    await using server = await startTestServer({ dataFolder });
    const client = { url: server.url, headers: await server.claim() };
    session = { client, disk, random, kept, faults, refused: 0 };
    for (let point = 0; point < options.points; point++) {
      const stream = point % pointsPerStream === 0 ? await beginStream(session) : undefined;
      await fillAndWrite(session);
      if (point % pointsPerStream === 5) {
        await backUpToFullDisk(session, dataFolder);
      }
      if (stream) {
        streams += 1;
        await stream.endWhileFull();
      }
      disk.free();
      await expectWritable(session);
      await stream?.expectKept();
    }
    await expectKept(session);
    if ((await server.stop()) !== 0) {
      faults.push("the server did not stop well");
    }
  }
  await using again = await startTestServer({ dataFolder });
  await expectKept({ ...session, client: { url: again.url, headers: await again.signIn() } });
  return {
    points: options.points,
    acknowledged: kept.messages.size + kept.keys.size,
    refused: session.refused,
    streams,
    faults,
  };
}

/** Until something is refused. */
async function fillAndWrite(session: Session): Promise<void> {
  const { disk, random, client, faults } = session;
  disk.fill(Math.floor(random() * mostRoomBytes));
  const before = session.refused;
  for (let tries = 0; session.refused === before; tries++) {
    if (tries === mostTries) {
      faults.push("a full disk refused nothing");
      return;
    }
    await Promise.all(Array.from({ length: writesAtOnce }, () => writeSomething(session)));
  }
  const { status } = await ask(client, "GET", "/api/chats");
  if (status !== 200) {
    faults.push(`reading beside a full disk answered ${status}`);
  }
}

async function writeSomething(session: Session): Promise<boolean> {
  const { client, random, kept, faults } = session;
  const [chatId, messageId, choice] = [newId(), newId(), random()];
  const text = `${messageId} ${"many words ".repeat(Math.floor(random() * 5_000))}`;
  const { status, body } = await (choice < 0.6
    ? ask(client, "POST", "/api/chats", { chatId, messageId, text })
    : choice < 0.8
      ? ask(client, "POST", "/api/api-keys", { name: messageId })
      : ask(client, "PATCH", "/api/me", { name: messageId }));
  if (status < 300) {
    if (choice < 0.6) {
      kept.messages.set(messageId, chatId);
    } else if (choice < 0.8) {
      kept.keys.add(messageId);
    } else {
      kept.name = (await demand<{ name: string }>(client, "GET", "/api/me")).name;
    }
    return true;
  }
  session.refused += 1;
  const { error } = body as { error: { code: string } };
  if (status !== 507 || error.code !== "disk_full") {
    faults.push(`a write on a full disk answered ${status} ${error.code}`);
  }
  return false;
}

async function expectWritable(session: Session): Promise<void> {
  if (!(await writeSomething(session))) {
    session.faults.push("a write was refused although there was space again");
  }
}

/** An answer that is being written when the disk becomes full. */
async function beginStream({ client, faults }: Session) {
  const text = "Write a long story about a dog and its friends.";
  const turn = await demand<Turn>(client, "POST", "/api/chats", { chatId: newId(), messageId: newId(), text });
  const run = turn.answer.run!;
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  let seen = "";
  let end = "none";
  const reading = followRun(client, run.id, (event) => {
    if (event.type === "text-delta") {
      seen += event.text;
      resolve();
    } else if (event.type === "run-end") {
      end = event.run.failure?.code ?? event.run.status;
    }
  });
  await Promise.race([begun, reading]);
  return {
    async endWhileFull(): Promise<void> {
      await ask(client, "POST", `/api/runs/${run.id}/stop`);
      await reading;
      // Other people's many questions may have filled the queue.
      if (!["disk_full", "queue_full", "stopped", "done"].includes(end)) {
        faults.push(`the reader of an answer beside a full disk was told ${end}`);
      }
    },
    async expectKept(): Promise<void> {
      for (const deadline = Date.now() + 30_000; ;) {
        const answer = (await readMessages(client, turn.chat.id)).find(({ id }) => id === turn.answer.id);
        if (answer?.run?.endedAt != null || Date.now() > deadline) {
          if (answer?.run?.endedAt == null || answer.text !== seen) {
            faults.push("an answer that ended beside a full disk was not kept whole afterwards");
          }
          return;
        }
        await new Promise((resume) => setTimeout(resume, 50));
      }
    },
  };
}

async function backUpToFullDisk({ disk, faults }: Session, dataFolder: string): Promise<void> {
  const file = join(disk.folder, "backup.shobar");
  const { code, stdout, stderr } = await runProgram(["backup", file, "--data", dataFolder, "--json"]);
  if (code === 0 || !/disk_full|disk is full|no space/i.test(stdout + stderr)) {
    faults.push(`a backup beside a full disk ended with ${String(code)}: ${stdout}${stderr}`);
  }
  const left = [...readdirSync(disk.folder), ...readdirSync(dataFolder)].filter((name) => /backup\.|-copy/.test(name));
  if (left.length > 0) {
    faults.push(`a backup that failed left ${left.join(", ")}`);
  }
}

async function expectKept({ client, kept, faults }: Session): Promise<void> {
  for (const [messageId, chatId] of kept.messages) {
    const messages = await readMessages(client, chatId);
    if (!messages.some(({ id, text }) => id === messageId && text.startsWith(messageId))) {
      faults.push("an acknowledged message is gone");
    }
  }
  const names = new Set((await readAll<{ name: string }>(client, "/api/api-keys")).map(({ name }) => name));
  const lost = [...kept.keys].filter((name) => !names.has(name));
  if (lost.length > 0) {
    faults.push(`${lost.length} acknowledged API keys are gone`);
  }
  const me = await demand<{ name: string }>(client, "GET", "/api/me");
  if (me.name !== kept.name) {
    faults.push("an acknowledged name is gone");
  }
}
