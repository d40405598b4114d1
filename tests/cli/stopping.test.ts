// A stop in the middle of answers: they end with a reason, what had arrived is kept, and it takes less than 5 s.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { startTestServer, type TestServer } from "../support/start-test-server.ts";

const chatId = "01900000-0000-7000-8000-000000000001";

const stops: Readonly<Record<string, (server: TestServer) => Promise<number | null>>> = {
  "Ctrl-C": (server) => server.stop("SIGINT"),
  "a service manager's SIGTERM to each process": (server) => {
    childrenOf(server.process.pid!)?.forEach((pid) => process.kill(pid, "SIGTERM"));
    return server.stop("SIGTERM");
  },
};

test.each(Object.keys(stops))("%s in the middle ends an answer as interrupted, and its text stays", async (how) => {
  const dataFolder = mkdtempSync(join(tmpdir(), "shobar-stop-"));
  try {
    const server = await startTestServer({ dataFolder });
    const headers = await server.claim();
    await server.waitFor("model", ({ state }) => (state as { status: string }).status === "ready");
    const started = await fetch(`${server.url}/api/chats`, {
      method: "POST",
      headers,
      body: JSON.stringify({
        chatId,
        messageId: "01900000-0000-7000-8000-000000000002",
        text: "Write a very long story about the sea.",
      }),
    });
    const { answer } = (await started.json()) as { answer: { run: { id: string } } };
    const stream = (await fetch(`${server.url}/api/runs/${answer.run.id}/events`, { headers })).body!.pipeThrough(
      new TextDecoderStream(),
    );
    let seen = "";
    let stopped: Promise<number | null> | undefined;
    for await (const chunk of stream) {
      seen += chunk;
      stopped ??= seen.includes("text-delta") ? stops[how]!(server) : undefined;
    }
    // A stop that takes longer than 5 s is cut off, with another exit code.
    expect(await stopped).toBe(0);
    expect(seen).toContain('"status":"interrupted"');
    expect(readFileSync(join(dataFolder, "log", "shobar.log"), "utf8")).not.toContain("engine-crashed");
    const shown = [...seen.matchAll(/"type":"text-delta","text":("(?:[^"\\]|\\.)*")/g)]
      .map(([, text]) => JSON.parse(text!) as string)
      .join("");
    await using next = await startTestServer({ dataFolder, flags: ["--no-starter"] });
    const page = (await (await fetch(`${next.url}/api/chats/${chatId}/messages`, { headers })).json()) as {
      items: { text: string; run: { status: string } }[];
    };
    expect(page.items[1]).toMatchObject({ text: shown, run: { status: "interrupted" } });
  } finally {
    rmSync(dataFolder, { recursive: true, force: true });
  }
});

test("a server that is killed or stopped while its model loads leaves no engine behind", async () => {
  for (const signal of ["SIGKILL", "SIGTERM"] as const) {
    await using server = await startTestServer();
    await server.waitFor("model", ({ state }) => (state as { status: string }).status === "loading");
    const engines = await vi.waitUntil(() => childrenOf(server.process.pid!), { timeout: 20_000 });
    expect(await server.stop(signal)).toBe(signal === "SIGKILL" ? null : 0);
    await vi.waitUntil(() => engines.every((pid) => !isAlive(pid)), { timeout: 20_000 });
    expect(engines.filter(isAlive)).toEqual([]);
  }
});

/** Null where there is none yet. */
function childrenOf(parent: number): number[] | null {
  const processes = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" }).trim().split("\n");
  const children = processes.map((line) => line.trim().split(/\s+/).map(Number)).filter(([, of]) => of === parent);
  return children.length > 0 ? children.map(([pid]) => pid!) : null;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
