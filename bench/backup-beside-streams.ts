// Eight people watch answers being written while the data folder of 1 GB is backed up: their text may not stand still.
// The same streams without a backup, in the same run, are what it is compared with. Then the backup is restored.
import { mkdtemp, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { progress, report } from "./support/claim.ts";
import { growDataFolder } from "./support/large-data-folder.ts";
import { openShobar, runShobar, signIn } from "./support/shobar.ts";
import { type ChattingPerson, startChatting } from "./support/stream-chat.ts";

const rounds = Number(process.env["SHOBAR_BENCH_ROUNDS"] ?? 3);
const people = 8;
const folderBytes = 1_000_000_000;
const passphrase = { SHOBAR_BACKUP_PASSPHRASE: "a passphrase for the bench" };

interface Measured {
  readonly gapBesideMs: number;
  readonly gapBesideNightlyMs: number;
  readonly gapAloneMs: number;
  readonly piecesBeside: number;
  readonly piecesAlone: number;
  readonly backupSeconds: number;
  readonly nightlySeconds: number;
  readonly restoreSeconds: number;
}

interface Person {
  readonly email: string;
  readonly password: string;
}

async function measure(dataFolder: string, team: readonly Person[], backwards: boolean): Promise<Measured> {
  const file = join(dataFolder, "bench.shobar-backup");
  const besides = await whileChatting(dataFolder, team, async (chatting) => {
    const alone = (seconds: number) => window(chatting, () => delay(seconds * 1000));
    const before = backwards ? null : await alone(20);
    const beside = await window(chatting, () => runShobar(["backup", file, "--data", dataFolder], passphrase));
    const nightly = await window(chatting, () => runShobar(["backups", "now", "--data", dataFolder]));
    return { alone: before ?? (await alone(20)), beside, nightly };
  });
  const startedAt = performance.now();
  const { kept } = await runShobar(["restore", file, "--data", dataFolder], passphrase);
  const restoreSeconds = (performance.now() - startedAt) / 1000;
  await rm(String(kept), { force: true });
  return {
    gapBesideMs: besides.beside.worstGapMs,
    gapBesideNightlyMs: besides.nightly.worstGapMs,
    gapAloneMs: besides.alone.worstGapMs,
    piecesBeside: besides.beside.piecesPerSecond,
    piecesAlone: besides.alone.piecesPerSecond,
    backupSeconds: besides.beside.seconds,
    nightlySeconds: besides.nightly.seconds,
    restoreSeconds,
  };
}

async function whileChatting<Result>(
  dataFolder: string,
  team: readonly Person[],
  act: (chatting: readonly ChattingPerson[]) => Promise<Result>,
): Promise<Result> {
  await using server = await openShobar({ dataFolder });
  const headers = await Promise.all(team.map((person) => signIn(server, person)));
  const chatting = headers.map((each, user) => startChatting(server.url, each, user));
  await Promise.all(chatting.map(({ writing }) => writing));
  await delay(3_000);
  try {
    return await act(chatting);
  } finally {
    await Promise.all(chatting.map((person) => person.stop()));
  }
}

async function window(
  chatting: readonly ChattingPerson[],
  act: () => Promise<unknown>,
): Promise<{ worstGapMs: number; piecesPerSecond: number; seconds: number }> {
  chatting.forEach((person) => {
    person.takeWorstGapMs();
    person.takePieces();
  });
  const startedAt = performance.now();
  await act();
  const seconds = (performance.now() - startedAt) / 1000;
  const pieces = chatting.reduce((sum, person) => sum + person.takePieces(), 0);
  return {
    worstGapMs: Math.max(...chatting.map((person) => person.takeWorstGapMs())),
    piecesPerSecond: pieces / seconds,
    seconds,
  };
}

async function makeTeam(dataFolder: string): Promise<Person[]> {
  await using server = await openShobar({ dataFolder, flags: ["--no-starter"] });
  const team: Person[] = [];
  for (let number = 1; number <= people; number++) {
    const email = `person-${number}@example.org`;
    const words = ["users", "create", "--email", email, "--name", `Person ${number}`, "--data", server.dataFolder];
    const { password } = await runShobar(words);
    team.push({ email, password: String(password) });
  }
  return team;
}

const parent = process.env["SHOBAR_BENCH_FOLDER"] ?? tmpdir();
const { bavail, bsize } = await statfs(parent);
if (bavail * bsize < 5 * folderBytes) {
  throw new Error(`${parent} has no 5 GB free; name another folder in SHOBAR_BENCH_FOLDER`);
}
const dataFolder = await mkdtemp(join(parent, "shobar-bench-"));
try {
  const team = await makeTeam(dataFolder);
  const messages = growDataFolder(dataFolder, folderBytes);
  progress(`a data folder with ${messages} messages`);
  const measured: Measured[] = [];
  for (let round = 0; round < rounds; round++) {
    const result = await measure(dataFolder, team, round % 2 === 1);
    measured.push(result);
    progress(`round ${round + 1} of ${rounds}: ${JSON.stringify(result)}`);
  }
  const row = (what: string, unit: string, of: (each: Measured) => number) => ({
    what,
    unit,
    rounds: measured.map(of),
  });
  report({
    name: "backup-beside-streams",
    title: `Backup of a data folder of 1 GB while ${people} people stream, and its restore`,
    rows: [
      {
        ...row("worst gap of any stream beside the backup", "ms", (each) => each.gapBesideMs),
        bar: { is: "at most", value: 300, inEveryRound: true },
      },
      {
        ...row("worst gap beside a nightly backup and its trial restore", "ms", (each) => each.gapBesideNightlyMs),
        bar: { is: "at most", value: 300, inEveryRound: true },
      },
      row("worst gap without a backup", "ms", (each) => each.gapAloneMs),
      row("worst gap, beside ÷ without", "×", (each) => each.gapBesideMs / each.gapAloneMs),
      row("text, beside ÷ without", "×", (each) => each.piecesBeside / each.piecesAlone),
      row("backup", "s", (each) => each.backupSeconds),
      row("nightly backup and its trial restore", "s", (each) => each.nightlySeconds),
      { ...row("restore", "s", (each) => each.restoreSeconds), bar: { is: "at most", value: 60 } },
    ],
    notes: [
      `${messages} messages of 2,000 random characters beside the streams; the starter model, the product's own settings, encrypted with a passphrase.`,
      "A gap is the time between two pieces of text of one answer, as its reader's event stream brings them; the wait for an answer's first piece is none.",
      "Without a backup: 20 s of the same streams just before or after it, by turns.",
    ],
  });
} finally {
  await rm(dataFolder, { recursive: true, force: true });
}
