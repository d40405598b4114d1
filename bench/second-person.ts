// From `npm start` to a colleague's first answer: an owner sets the server up in a browser and invites somebody, who opens
// the link in another browser, makes an account, asks, and gets an answer to its end. All of it at the machine's address in
// the network, as people in an office do it, typed and pressed by program. Installing and building are apart.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openBrowser } from "../tests/support/open-browser.ts";
import { bringSecondPerson, type Milestones } from "../tests/web/second-person.ts";
import { projectFolder, progress, report } from "./support/claim.ts";
import { npmStart } from "./support/npm-start.ts";
import { prepare } from "../scripts/setup/prepare.mjs";

const rounds = Number(process.env["SHOBAR_BENCH_ROUNDS"] ?? 3);

interface Measured extends Milestones {
  readonly startedAt: number;
  readonly listeningAt: number;
}

async function measure(): Promise<Measured> {
  const data = await mkdtemp(join(tmpdir(), "shobar-bench-"));
  const browser = await openBrowser();
  try {
    const startedAt = performance.now();
    const started = await npmStart(projectFolder, ["--host", "0.0.0.0", "--port", "0", "--data", data], process.env);
    try {
      const milestones = await bringSecondPerson(browser, started.setupUrl);
      return { ...milestones, startedAt, listeningAt: started.listeningAt };
    } finally {
      await started.stop();
    }
  } finally {
    await browser.close();
    await rm(data, { recursive: true, force: true });
  }
}

await prepare({ dependencies: "all" });
const measured: Measured[] = [];
for (let round = 0; round < rounds; round++) {
  measured.push(await measure());
  progress(`round ${round + 1} of ${rounds}: ${JSON.stringify(measured.at(-1))}`);
}
const between = (from: keyof Measured, to: keyof Measured): number[] =>
  measured.map((each) => (each[to] - each[from]) / 1_000);
report({
  name: "second-person",
  title: "From `npm start` to a second person's first answer over the network",
  rows: [
    { what: "all of it", unit: "s", rounds: between("startedAt", "answeredAt"), bar: { is: "at most", value: 60 } },
    { what: "from npm start to the start screen", unit: "s", rounds: between("startedAt", "listeningAt") },
    { what: "the owner's account and the welcome", unit: "s", rounds: between("listeningAt", "ownerReadyAt") },
    { what: "the invitation", unit: "s", rounds: between("ownerReadyAt", "invitedAt") },
    { what: "the second person's account", unit: "s", rounds: between("invitedAt", "joinedAt") },
    { what: "from the question to the first text", unit: "s", rounds: between("joinedAt", "firstTextAt") },
    { what: "from the first text to the answer's end", unit: "s", rounds: between("firstTextAt", "answeredAt") },
  ],
  notes: [
    "npm start in a clone that is installed and built, on an empty data folder; two Chromium profiles on the same machine, at its address in the network, over plain HTTP.",
    "Fields are filled and buttons pressed by program: a person's reading and typing comes on top. The starter model answers; how long its answer gets is its own choice.",
  ],
});
