// A server under strace, several people who write to it at once, and what the trace says of every acknowledgement.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Turn } from "../../src/features/chats/contract.ts";
import { newId } from "../../src/platform/new-id.ts";
import { type ApiClient, demand } from "./api-client.ts";
import { findStrace } from "./find-strace.ts";
import { readSyncTrace, type SyncReport } from "./read-sync-trace.ts";
import { startTestServer } from "./start-test-server.ts";

const writersAtOnce = 4;
/** The largest piece of a call that is shown; a page of the database's log has 4,096 bytes. */
const shownBytes = 16_384;

export interface TraceOptions {
  readonly writes: number;
  /** For the proof that the proof can fail. */
  readonly nodeFlags?: readonly string[];
}

/** Every write was answered with success when this returns. */
export async function traceWrites({ writes, nodeFlags = [] }: TraceOptions): Promise<SyncReport> {
  const folder = await mkdtemp(join(tmpdir(), "shobar-trace-"));
  const trace = join(folder, "trace");
  try {
    const calls = "trace=pwrite64,pwritev,write,writev,sendto,sendmsg,fsync,fdatasync";
    const what = ["-s", String(shownBytes), "-y", "-e", calls, "-e", "signal=none", "-o", trace];
    // -D: the server, not strace, is our child, so that it gets our signals.
    const wrapper = [findStrace(), "-D", "-f", "--seccomp-bpf", "-qq", ...what];
    await using server = await startTestServer({ dataFolder: join(folder, "data"), wrapper, nodeFlags });
    const headers = await server.claim();
    await write({ url: server.url, headers }, writes);
    await server.stop();
    return readSyncTrace(await readFile(trace, "latin1"), /mark-\d+-end/g);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function write(client: ApiClient, writes: number): Promise<void> {
  let next = 0;
  // Each writes to things of its own: of two changes to one row in the same commit only the second is ever written.
  const writer = async (own: number): Promise<void> => {
    const chatId = newId();
    await demand(client, "POST", "/api/chats", { chatId, messageId: newId(), text: `mark-${next++}-end` });
    while (next < writes) {
      const number = next++;
      const mark = `mark-${number}-end`;
      if (own === 0) {
        await demand(client, "PATCH", "/api/me", { name: mark });
      } else if (number % 20 === 0) {
        await ask(client, mark);
      } else if (number % 2 === 0) {
        await demand(client, "PATCH", `/api/chats/${chatId}`, { title: mark });
      } else {
        await demand(client, "POST", "/api/api-keys", { name: mark });
      }
    }
  };
  await Promise.all(Array.from({ length: writersAtOnce }, (_, own) => writer(own)));
}

/** A message, whose answer is stopped: what is proven here is that the message is kept. */
async function ask(client: ApiClient, text: string): Promise<void> {
  const { answer } = await demand<Turn>(client, "POST", "/api/chats", { chatId: newId(), messageId: newId(), text });
  await demand(client, "POST", `/api/runs/${answer.run!.id}/stop`);
}
