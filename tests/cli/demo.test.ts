// `npm run demo` as a visitor meets it: everybody can sign in, every state of a chat is there to be seen, nothing stays.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DemoFacts } from "../../scripts/demo/start-demo.ts";
import { formerMember } from "../../scripts/demo/people.ts";
import type { Chat, Message, Run } from "../../src/features/chats/contract.ts";
import type { Invitation, Person } from "../../src/features/users/people-contract.ts";
import { titleFrom } from "../../src/features/chats/server/title.ts";
import { environmentWithoutSettings } from "../support/start-test-server.ts";

const program = join(import.meta.dirname, "..", "..", "scripts", "demo.ts");
const startWithinMs = 180_000;

let temporary: string;
let demo: ChildProcess;
let facts: DemoFacts;
beforeAll(async () => {
  temporary = mkdtempSync(join(tmpdir(), "shobar-demo-test-"));
  const environment = { ...environmentWithoutSettings(), TMPDIR: temporary };
  demo = spawn(process.execPath, [program, "--json"], { env: environment, stdio: ["ignore", "pipe", "inherit"] });
  process.once("exit", () => demo.kill("SIGKILL"));
  for await (const line of createInterface({ input: demo.stdout! })) {
    if (line.startsWith("{")) {
      facts = JSON.parse(line) as DemoFacts;
      break;
    }
  }
}, startWithinMs);
afterAll(() => {
  demo.kill("SIGKILL");
  rmSync(temporary, { recursive: true, force: true });
});

async function enter(email: string): Promise<Response> {
  return fetch(`${facts.url}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, password: facts.password }),
  });
}

async function cookieOf(email: string): Promise<string> {
  const entered = await enter(email);
  expect(entered.status, email).toBe(200);
  return entered.headers.getSetCookie()[0]!.split(";")[0]!;
}

async function itemsAt<Item>(path: string, cookie: string): Promise<Item[]> {
  const response = await fetch(facts.url + path, { headers: { cookie } });
  expect(response.status, path).toBe(200);
  return ((await response.json()) as { items: Item[] }).items;
}

interface SeenChat {
  readonly chat: Chat;
  readonly messages: readonly Message[];
}

/** What the person sees, by email. */
async function chatsOf(email: string): Promise<SeenChat[]> {
  const cookie = await cookieOf(email);
  const chats = await itemsAt<Chat>("/api/chats", cookie);
  const read = async (chat: Chat): Promise<SeenChat> => {
    const messages = await itemsAt<Message>(`/api/chats/${chat.id}/messages?limit=100`, cookie);
    return { chat, messages };
  };
  return Promise.all(chats.map(read));
}

const lastRun = ({ messages }: SeenChat): Run | null | undefined => messages.at(-1)?.run;
const textOf = ({ messages }: SeenChat): string => messages.map(({ text }) => text).join("\n");
const dayMs = 86_400_000;

const looks: Readonly<Record<DemoFacts["states"][number]["shows"], (seen: SeenChat) => boolean>> = {
  "markdown, code, table, formula": (seen) => /```\w|\$\$/.test(textOf(seen)) && /\|:--/.test(textOf(seen)),
  "being written": (seen) => lastRun(seen)?.endedAt === null,
  stopped: (seen) => lastRun(seen)?.status === "stopped",
  failed: (seen) => lastRun(seen)?.status === "failed",
  interrupted: (seen) => lastRun(seen)?.status === "interrupted",
  "cut at its length": (seen) => lastRun(seen)?.finishReason === "length",
  branches: ({ messages }) => messages.some(({ siblingIds }) => siblingIds.length > 1),
  long: ({ messages }) => messages.length > 40,
  fresh: ({ chat }) => Date.now() - chat.updatedAt < 3_600_000,
  renamed: ({ chat, messages }) => chat.title !== titleFrom(messages[0]!.text),
  "some days old": ({ chat }) => Date.now() - chat.updatedAt > dayMs,
};

describe("The demo", () => {
  test("lets each of its five people in, who find their own chats in the states that the terminal names", async () => {
    expect(facts.people).toHaveLength(5);
    const seen = new Map<string, SeenChat[]>();
    for (const { email } of facts.people) seen.set(email, await chatsOf(email));
    for (const { shows, emails } of facts.states) {
      expect(emails, shows).not.toEqual([]);
      for (const email of emails) expect(seen.get(email)!.some(looks[shows]), `${email}: ${shows}`).toBe(true);
    }
    expect(facts.states.map(({ shows }) => shows).sort()).toEqual(Object.keys(looks).sort());
  });

  test("has chats in English and in Bengali", async () => {
    const all = (await Promise.all(facts.people.map(({ email }) => chatsOf(email)))).flat();
    expect(all.filter((seen) => /[\u0980-\u09FF]/.test(seen.messages[0]!.text)).length).toBeGreaterThan(4);
    expect(all.filter((seen) => /^[A-Z]/.test(seen.messages[0]!.text)).length).toBeGreaterThan(4);
  });

  test("says of no answer that a model of this server made it, unless that one did", async () => {
    const all = (await Promise.all(facts.people.map(({ email }) => chatsOf(email)))).flat();
    const runs = all.flatMap(({ messages }) => messages.flatMap(({ run }) => run ?? []));
    const names = new Set(runs.map(({ modelName }) => modelName));
    expect([...names].sort()).toEqual(["Sample text", "SmolLM2 135M Instruct", "slow-writer", "নমুনা লেখা"]);
    const ofScript = runs.filter(({ modelName }) => modelName === "slow-writer");
    expect(new Set(ofScript.map(({ madeBy }) => madeBy))).toEqual(new Set(["Demo script"]));
    const ofStarter = runs.filter(({ modelName }) => modelName.startsWith("SmolLM2"));
    expect(ofStarter.map(({ status }) => status)).not.toContain("failed");
  });

  test("shows an admin the people, two invitations, one of them expired, and the service outside", async () => {
    const cookie = await cookieOf("daniel@example.org");
    const people = await itemsAt<Person>("/api/people", cookie);
    expect(people.filter(({ state }) => state === "disabled").map(({ email }) => email)).toEqual([formerMember.email]);
    expect(people).toHaveLength(6);
    const invitations = await itemsAt<Invitation>("/api/invitations", cookie);
    expect(invitations.map(({ state }) => state).sort()).toEqual(["expired", "open"]);
    const [provider, ...others] = await itemsAt<{ name: string }>("/api/providers", cookie);
    expect({ name: provider?.name, others }).toEqual({ name: "Demo script", others: [] });
  });

  test("is new: nothing says that it was upgraded", async () => {
    const headers = { cookie: await cookieOf("daniel@example.org") };
    const state = await (await fetch(`${facts.url}/api/upgrades`, { headers })).json();
    expect(state).toMatchObject({ last: null, wayBack: null });
  });

  test("keeps its former member out, with the password of the others too", async () => {
    expect((await enter(formerMember.email)).status).toBe(401);
  });

  test("listens on this machine alone", () => {
    expect(new URL(facts.url).hostname).toBe("127.0.0.1");
  });

  test("ends cleanly on Ctrl-C and leaves nothing behind", async () => {
    expect(readdirSync(temporary).filter((name) => name.startsWith("shobar-demo-"))).toHaveLength(1);
    demo.kill("SIGINT");
    const [code] = (await once(demo, "exit")) as [number | null];
    expect(code).toBe(0);
    expect(readdirSync(temporary).filter((name) => name.startsWith("shobar-demo-"))).toEqual([]);
  });
});
