// Seeded data for looking at pages: the same on every run, with long words, tall scripts and every state of an answer.
import { because } from "../../src/contract/reasons.ts";
import type { ApiKey } from "../../src/features/api-keys/contract.ts";
import type { BackupsState } from "../../src/features/backups/contract.ts";
import type { Chat, Message, Run } from "../../src/features/chats/contract.ts";
import type { Model } from "../../src/features/models/contract.ts";
import type { EngineReport } from "../../src/features/engines/contract.ts";
import type { Release, UpgradeState } from "../../src/features/upgrades/contract.ts";
import type { Invitation, Person } from "../../src/features/users/people-contract.ts";
import type { User } from "../../src/features/users/contract.ts";

type Language = "en" | "bn";
const dayMs = 86_400_000;
let made = 0;

/** UUIDv7 of a counter. */
export function fakeId(): string {
  made += 1;
  return `01900000-0000-7000-8000-${made.toString(16).padStart(12, "0")}`;
}

/** Ids that pictures and journeys open. */
export const seededChats = {
  rich: "01900000-0000-7000-8000-aaaaaaaaaaa1",
  interrupted: "01900000-0000-7000-8000-aaaaaaaaaaa2",
  failed: "01900000-0000-7000-8000-aaaaaaaaaaa3",
  writing: "01900000-0000-7000-8000-aaaaaaaaaaa4",
  long: "01900000-0000-7000-8000-aaaaaaaaaaa5",
};

export function seedUser(language: Language, now: number): User {
  const name = language === "bn" ? "আনিকা রহমান" : "Anika Rahman";
  return {
    id: fakeId(),
    name,
    email: "anika@example.org",
    role: "owner",
    language,
    theme: "system",
    createdAt: now - 90 * dayMs,
  };
}

/** The one whom pictures and journeys open. */
export const seededPerson = "01900000-0000-7000-8000-bbbbbbbbbbb1";
export const seededRemovedPerson = "01900000-0000-7000-8000-bbbbbbbbbbb2";

export function seedPeople(owner: User, language: Language, now: number): Person[] {
  const bengali = ["রহিম উদ্দিন", "মীনা চাকমা", "সৈয়দ মোহাম্মদ আশরাফুল ইসলাম চৌধুরী", "লায়লা", "কামাল হোসেন", "প্রীতি", "তানভীর"];
  const english = [
    "Rahim Uddin",
    "Mina Chakma",
    "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh",
    "Layla",
    "Kamal Hossain",
    "Priti",
    "Tanvir",
  ];
  const names = language === "bn" ? bengali : english;
  const person = (index: number, change: Partial<Person> = {}): Person => ({
    id: fakeId(),
    name: names[index] ?? "",
    email: `${english[index]?.toLowerCase().replace(/[^a-z]+/g, ".")}@example.org`,
    role: "member",
    state: "active",
    hasTwoFactor: false,
    createdAt: now - (60 - index) * dayMs,
    lastSeenAt: now - index * 7 * 3_600_000,
    purgeAt: null,
    ...change,
  });
  const { id, name, email, role, createdAt } = owner;
  return [
    person(0, { id, name, email, role, createdAt, hasTwoFactor: true, lastSeenAt: now - 60_000 }),
    person(0, { role: "admin" }),
    person(1, { id: seededPerson, hasTwoFactor: true }),
    person(2),
    person(3, { state: "disabled", lastSeenAt: now - 40 * dayMs }),
    person(4, { lastSeenAt: null }),
    person(5),
    person(6, { id: seededRemovedPerson, state: "removed", purgeAt: now + 29 * dayMs }),
  ];
}

export function seedInvitations(language: Language, now: number): Invitation[] {
  const isBengali = language === "bn";
  const invitation = (change: Partial<Invitation>): Invitation => ({
    id: fakeId(),
    role: "member",
    note: "",
    state: "open",
    invitedBy: isBengali ? "আনিকা রহমান" : "Anika Rahman",
    createdAt: now - dayMs,
    expiresAt: now + 6 * dayMs,
    acceptedBy: null,
    ...change,
  });
  return [
    invitation({ note: isBengali ? "হিসাব বিভাগের নাসিমা" : "Nasima from accounts" }),
    invitation({ role: "admin", note: "karim@example.org", expiresAt: now - dayMs, state: "expired", invitedBy: null }),
    invitation({ state: "accepted", acceptedBy: { id: seededPerson, name: isBengali ? "মীনা চাকমা" : "Mina Chakma" } }),
  ];
}

export function seedChats(language: Language, now: number): Chat[] {
  const titles =
    language === "bn"
      ? ["বাংলা কবিতার ছন্দ", "পাইথনে ফাইল পড়া", "চুক্তির সারাংশ", "সাপ্তাহিক প্রতিবেদন", "লম্বা কথোপকথন: ক্ষুদ্রঋণের কিস্তি নিয়ে প্রশ্ন"]
      : [
          "Reading a file in Python",
          "Summary of the lease",
          "Names for the new office",
          "Weekly report, second draft",
          "A long talk about instalments and their many exceptions",
        ];
  const ids = Object.values(seededChats);
  const first = ids.map((id, index) => chatOf(id, titles[index] ?? "", now - index * 0.6 * dayMs));
  const older = Array.from({ length: 30 }, (_, index) =>
    chatOf(fakeId(), `${titles[index % titles.length]} ${index + 2}`, now - (index + 4) * 3 * dayMs),
  );
  return [...first, ...older];
}

function chatOf(id: string, title: string, updatedAt: number): Chat {
  return { id, title, modelId: null, createdAt: updatedAt, updatedAt };
}

export function seedMessages(language: Language, chats: readonly Chat[]): Message[] {
  const { rich, interrupted, failed, writing, long } = seededChats;
  const isBengali = language === "bn";
  const half = isBengali ? "চুক্তির মেয়াদ তিন বছর। ভাড়া প্রতি" : "The lease runs for three years. The rent rises by";
  return [
    ...pair(
      rich,
      isBengali
        ? "পাইথনে একটি ফাইল লাইন ধরে কীভাবে পড়ব? একটি টেবিল আর একটি সূত্রও দিন।"
        : "How do I read a file line by line in Python? Add a table and a formula.",
      isBengali ? richBengali : richEnglish,
      "done",
      true,
    ),
    ...pair(interrupted, isBengali ? "চুক্তিটির সারাংশ লিখুন।" : "Summarise the lease.", half, "interrupted"),
    ...pair(failed, isBengali ? "নতুন অফিসের কয়েকটি নাম দিন।" : "Give me names for the new office.", "", "failed"),
    ...pair(writing, isBengali ? "প্রতিবেদনটি আবার লিখুন।" : "Write the report again.", half, "running"),
    ...longTalk(long, isBengali),
    ...chats.slice(5).flatMap((chat) => pair(chat.id, chat.title, isBengali ? "উত্তর।" : "An answer.", "done")),
  ];
}

function longTalk(chatId: string, isBengali: boolean): Message[] {
  const messages: Message[] = [];
  for (let index = 0; index < 60; index += 1) {
    const [question, answer] = pair(
      chatId,
      isBengali ? `প্রশ্ন ${index + 1}` : `Question ${index + 1}`,
      (isBengali ? richBengali : richEnglish).slice(0, 200 + index * 10),
      "done",
    );
    const parentId = messages.at(-1)?.id ?? null;
    if (question !== undefined && answer !== undefined) messages.push({ ...question, parentId }, answer);
  }
  return messages;
}

function pair(chatId: string, question: string, answer: string, status: Run["status"], hasBranches = false): Message[] {
  const createdAt = 0;
  const asked: Message = {
    id: fakeId(),
    chatId,
    parentId: null,
    role: "user",
    text: question,
    reasoning: "",
    reasoningMs: 0,
    run: null,
    siblingIds: [],
    createdAt,
  };
  const versions = hasBranches ? [answer.slice(0, 80), answer] : [answer];
  const answers = versions.map((text): Message => ({
    id: fakeId(),
    chatId,
    parentId: asked.id,
    role: "assistant",
    text,
    reasoning: "",
    reasoningMs: 0,
    run: runOf(status),
    siblingIds: [],
    createdAt,
  }));
  return hasBranches ? [asked, ...answers.toReversed()] : [asked, ...answers];
}

function runOf(status: Run["status"]): Run {
  const isOver = status !== "running" && status !== "queued";
  return {
    id: fakeId(),
    status,
    modelId: "smollm2-135m-instruct",
    modelName: "SmolLM2 135M Instruct",
    madeBy: "here",
    finishReason: status === "done" ? "stop" : null,
    failure:
      status === "failed"
        ? {
            code: "engine_crashed",
            message: "The model stopped working in the middle and is starting again. Try again.",
          }
        : null,
    promptTokens: 40,
    cachedTokens: 0,
    completionTokens: 120,
    reasoningTokens: null,
    startedAt: 0,
    endedAt: isOver ? 1 : null,
  };
}

const cutOff = { file: "half-a-model.gguf", ...because("model_header_cut") };
const unavailable = {
  status: "unavailable",
  reason: `The model file ${cutOff.file} cannot be used: ${cutOff.problem}.`,
  error: { code: "model_file_invalid", details: cutOff },
} as const;

export function seedModels(): Model[] {
  const model = (change: Partial<Model>): Model => ({
    id: "smollm2-135m-instruct",
    name: "SmolLM2 135M Instruct",
    madeBy: "here",
    place: { kind: "models-folder", path: "/srv/shobar/models/model.gguf", placeId: null },
    isStarter: false,
    isDefault: false,
    licence: "Apache-2.0",
    languages: ["en"],
    sizeBytes: 97_000_000,
    parameterCount: 134_500_000,
    quantization: "Q4_1",
    contextTokens: 8192,
    memory: { neededBytes: 420e6, freeBytes: 6.2e9, fits: true },
    speed: { tokensPerSecond: 61, wordsPerSecond: 44.8, basis: "measured", isSlow: false },
    state: { status: "ready" },
    ...change,
  });
  return [
    model({
      isStarter: true,
      isDefault: true,
      place: { kind: "shipped", path: "/srv/shobar/models/SmolLM2-135M-Instruct.Q4_1.gguf", placeId: null },
    }),
    model({
      id: "qwen3-4b",
      name: "Qwen3 4B",
      languages: ["en", "zh", "bn", "hi", "ar"],
      sizeBytes: 2.5e9,
      parameterCount: 4e9,
      quantization: "Q4_K_M",
      contextTokens: 32768,
      memory: { neededBytes: 3.4e9, freeBytes: 6.2e9, fits: true },
      speed: { tokensPerSecond: 7.4, wordsPerSecond: 5.4, basis: "at-least", isSlow: false },
      state: { status: "loading", percent: 60 },
    }),
    model({
      id: "gemma-3-12b",
      name: "Gemma 3 12B",
      place: {
        kind: "ollama",
        path: "/home/anika/.ollama/models/blobs/sha256-2d8f",
        placeId: "01900000-0000-7000-8000-bbbbbbbbbbb1",
      },
      licence: "Gemma",
      languages: ["en", "de", "fr", "bn"],
      sizeBytes: 7.3e9,
      parameterCount: 12e9,
      memory: { neededBytes: 9.1e9, freeBytes: 6.2e9, fits: false },
      speed: null,
      state: { status: "idle" },
    }),
    model({
      id: "deepseek-r1-distill-llama-8b",
      name: "DeepSeek R1 Distill Llama 8B",
      place: {
        kind: "folder",
        path: "/srv/models/DeepSeek-R1-Distill-Llama-8B-Q4_K_M.gguf",
        placeId: "01900000-0000-7000-8000-bbbbbbbbbbb2",
      },
      licence: "MIT",
      languages: [],
      sizeBytes: 4.9e9,
      parameterCount: 8e9,
      memory: { neededBytes: 5.8e9, freeBytes: 6.2e9, fits: true },
      speed: { tokensPerSecond: 3.8, wordsPerSecond: 2.8, basis: "estimated", isSlow: true },
      state: { status: "idle" },
    }),
    model({
      id: "broken",
      name: "phi-4-mini-truncated",
      licence: null,
      languages: ["en"],
      parameterCount: null,
      quantization: null,
      speed: null,
      state: unavailable,
    }),
    model({
      id: "deepseek/deepseek-chat",
      name: "deepseek-chat",
      madeBy: "DeepSeek",
      place: null,
      licence: null,
      languages: [],
      sizeBytes: null,
      parameterCount: null,
      quantization: null,
      contextTokens: 131_072,
      memory: null,
      speed: null,
    }),
  ];
}

/** `problem`: the last one could not be restored as a trial. */
export function seedBackups(now: number, state: "full" | "empty" | "running" | "problem"): BackupsState {
  const folder = "/home/anika/shobar/data/backups";
  const files = Array.from({ length: 7 }, (_, day) => ({
    name: `shobar-5fd0fb34-${day}.shobar`,
    bytes: 34_000_000 - day * 800_000,
    madeAt: now - (day + 0.3) * dayMs,
    isEncrypted: day < 3,
  }));
  const [newest] = files;
  const isEmpty = state === "empty" || newest === undefined;
  const last = isEmpty ? null : { at: newest.madeAt, name: newest.name, bytes: newest.bytes, ms: 2100 };
  return {
    schedule: { every: "day", hour: 2, hours: 6, folder: null, daily: 7, weekly: 4, monthly: 6, drill: "each" },
    hasPassphrase: !isEmpty,
    folder,
    defaultFolder: folder,
    isSameDisk: isEmpty ? null : true,
    freeBytes: 41_000_000_000,
    timeZone: "Asia/Dhaka",
    running: state === "running" ? { phase: "writing", percent: 62 } : null,
    lastBackup: last,
    lastDrill: last && { at: last.at + 4000, name: last.name, ms: 1800 },
    problem:
      state === "problem"
        ? {
            of: "drill",
            at: now - 0.3 * dayMs,
            code: "backup_not_proven",
            message: "The backup could not be restored as a trial.",
            details: { file: `${folder}/shobar-5fd0fb34-0.shobar`, ...because("backup_damaged") },
          }
        : null,
    nextAt: now + 0.7 * dayMs,
    files: isEmpty ? [] : files,
  };
}

export function seedApiKeys(now: number): ApiKey[] {
  return [
    {
      id: fakeId(),
      name: "Reporting script",
      prefix: "sk-shobar-a1B",
      createdAt: now - 40 * dayMs,
      lastUsedAt: now - 3_600_000,
    },
    { id: fakeId(), name: "Laptop", prefix: "sk-shobar-9xY", createdAt: now - 2 * dayMs, lastUsedAt: null },
  ];
}

const richEnglish = `Open the file with a *context manager*, so that it is **closed even when something fails**:

\`\`\`python
from pathlib import Path

def read_lines(path: Path) -> list[str]:
    """Lines without their breaks."""
    with path.open(encoding="utf-8") as file:
        return [line.rstrip("\\n") for line in file]
\`\`\`

## What to choose

| Way | Memory | Good for |
|:----|-------:|:---------|
| \`for line in file\` | one line | large files |
| \`file.read()\` | the whole file | small texts |
| \`mmap\` | pages in use | looking things up |

- A file object is an iterator, so memory stays at one line.
- Say the encoding, or Windows will choose one for you.
  1. \`utf-8\` almost always
  2. \`utf-8-sig\` for files from Excel

The time is linear, \\(O(n)\\), and the average of the lengths is

$$\\bar{x} = \\frac{1}{n} \\sum_{i=1}^{n} x_i$$

> Do not read what you do not need.

More in [the Python documentation](https://docs.python.org/3/library/io.html).`;

const richBengali = `ফাইলটি *কনটেক্সট ম্যানেজার* দিয়ে খুলুন, তাহলে **ভুল হলেও ফাইল বন্ধ হয়**:

\`\`\`python
with open("তালিকা.txt", encoding="utf-8") as file:
    for line in file:
        print(line.rstrip())
\`\`\`

## কোনটি বাছবেন

| উপায় | মেমোরি | কখন ভালো |
|:----|-------:|:---------|
| \`for line in file\` | একটি লাইন | বড় ফাইল |
| \`file.read()\` | পুরো ফাইল | ছোট লেখা |

- ফাইল থেকে একটি একটি করে লাইন আসে, তাই মেমোরি কম লাগে।
- এনকোডিং লিখে দিন, নইলে উইন্ডোজ নিজের মতো বেছে নেয়।

সময় লাগে \\(O(n)\\), আর গড় হলো

$$\\bar{x} = \\frac{1}{n} \\sum_{i=1}^{n} x_i$$

> যা দরকার নেই, তা পড়বেন না।`;

export function seedUpgrade(now: number, upgraded?: "unseen" | "program alone"): UpgradeState {
  if (upgraded === undefined) return { version: "0.1.0", last: null, wayBack: null };
  const at = now - 3_600_000;
  return {
    version: "0.3.0",
    last: { fromVersion: "0.2.1", at, isSeen: false },
    wayBack:
      upgraded === "program alone"
        ? null
        : {
            command: "npm run -s shobar -- rollback --data /var/lib/shobar",
            madeAt: at - 2000,
            fromVersion: "0.2.1",
          },
  };
}

export const seedReleases: Release[] = [
  {
    version: "0.3.0",
    changes: [
      "`shobar models pull OWNER/NAME` fetches a model from Hugging Face, a mirror or any address, and goes on after a cut ([docs/models.md](docs/models.md)).",
      "A person can sign out everywhere, the place where one is included.",
      "The organisation has a name, given in _Settings → Organisation_.",
    ],
  },
  { version: "0.2.1", changes: ["An upload whose server's disk becomes full goes on by itself."] },
  { version: "0.2.0", changes: ["Backups by themselves, each restored as a trial.", "Two-factor and passkeys."] },
];

export function seedEngines(language: Language, isIdle: boolean): EngineReport[] {
  const [anika, mina] = language === "bn" ? ["আনিকা রহমান", "মীনা চাকমা"] : ["Anika Rahman", "Mina Chakma"];
  const running: EngineReport["running"] = [
    { person: anika, by: "person", ms: 21_000, promptTokens: 812, cachedTokens: 640, answerTokens: 264 },
    { person: mina, by: "program", ms: 4000, promptTokens: 1480, cachedTokens: 0, answerTokens: 0 },
    { person: null, by: "person", ms: 2000, promptTokens: 60, cachedTokens: 0, answerTokens: 12 },
  ];
  const waiting: EngineReport["waiting"] = [
    {
      person: "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh",
      by: "person",
      ms: 6000,
      position: 1,
      estimatedMs: 8000,
    },
    { person: mina, by: "program", ms: 5000, position: 2, estimatedMs: 15_000 },
    { person: mina, by: "program", ms: 1000, position: null, estimatedMs: null },
  ];
  return [
    {
      modelId: "qwen3-4b",
      modelName: "Qwen3 4B",
      running: isIdle ? [] : running,
      waiting: isIdle ? [] : waiting,
      tokensPerSecond: isIdle ? 0 : 14.2,
      memory: {
        plannedBytes: 3_400_000_000,
        usedBytes: 3_210_000_000,
        contexts: [
          { sequences: 8, tokens: 2048, isOnDemand: false },
          { sequences: 1, tokens: 16_384, isOnDemand: true },
        ],
      },
      prompts: { computedTokens: 48_200, cachedTokens: 71_900 },
    },
  ];
}
