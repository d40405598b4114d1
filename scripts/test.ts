// `npm test` (everything), `npm run check` (--quick: no browser, no model, no front doors) and `npm run test:long`
// (--long: the big numbers). Every step runs, whatever failed before it; the last line is `N passed, N failed`.
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { findChromium } from "../tests/support/find-chromium.ts";
import { findLlamaSource } from "../tests/support/find-llama-source.ts";
import { findProxies } from "../tests/support/find-proxies.ts";
import { commandFile, programStep, type Step, type StepResult } from "./checks/run-step.ts";
import { vitestStep } from "./checks/vitest-step.ts";
import { prepare } from "./setup/prepare.mjs";
import { rootFolder } from "./setup/root-folder.mjs";

// The settings of whoever runs the tests are not the tests' settings.
const forTests = ["SHOBAR_CHROMIUM", "SHOBAR_NO_INSTALL"];
const environment: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith("SHOBAR_") || forTests.includes(name)),
);

const script = (name: string) => path.join(rootFolder, "scripts", name);
const typescript = commandFile("typescript", "tsc");

const build: Step = {
  title: "build",
  run: async () => {
    const failure = await prepare({ dependencies: "all", silent: true }).then(
      () => null,
      (error: Error) => error,
    );
    // What people run is what the front doors are tested on; it starts in a third of the sources' time.
    environment["SHOBAR_TEST_PROGRAM"] = path.join(rootFolder, "dist", "server", "main.js");
    return { passed: failure ? 0 : 1, failed: failure ? 1 : 0, output: failure?.message ?? "" };
  },
};

const browser: Step = {
  title: "browser",
  run: async () => {
    try {
      environment["SHOBAR_CHROMIUM"] = await findChromium();
      return { passed: 1, failed: 0, output: "" };
    } catch (error) {
      return { passed: 0, failed: 1, output: (error as Error).message };
    }
  },
};

const proxies = needed("nginx and Caddy", findProxies);
const llamaSource = needed("chat templates and vocabularies of real models", findLlamaSource);

/** A step, or several that run at once. */
type Turn = Step | Step[];

const checks: readonly Step[] = [
  programStep("format", commandFile("oxfmt"), ["--check"], environment),
  programStep("lint", commandFile("oxlint"), ["--deny-warnings"], environment),
  programStep("types of the server", typescript, ["-p", "tsconfig.server.json"], environment),
  programStep("types of the web app", typescript, ["-p", "tsconfig.web.json"], environment),
  programStep("types of the browser tests", typescript, ["-p", "tsconfig.browser-tests.json"], environment),
  programStep("dead code", commandFile("knip"), [], environment),
  programStep("names and words", script("check-tree.ts"), [], environment),
  programStep("words in English and Bengali", script("check-words.ts"), [], environment),
  programStep("third-party notices", script("third-party-notices.ts"), ["--check"], environment),
];
const unit = vitestStep("unit tests", "unit", environment);
const quick: readonly Step[] = [...checks, unit];
/** How the paths begin of the browser tests that start the real server. */
const serverTests = ["real-", "behind-proxy", "plain-http", "second-person", "why-shobar"].map(
  (name) => `tests/web/${name}`,
);
const full: readonly Turn[] = [
  browser,
  proxies,
  llamaSource,
  ...checks,
  build,
  // The engine computes on one core at a time, and waits for its processes.
  [unit, vitestStep("engine tests with the starter model", "model", environment)],
  vitestStep("API, CLI and SDK tests", "front", environment),
  // One waits for a model where the other waits for a page.
  [
    vitestStep("browser tests of pages", "web", environment, { exclude: serverTests.map((name) => `${name}*`) }),
    vitestStep("browser tests of the real server", "web", environment, { files: serverTests }),
  ],
];
const long: readonly Step[] = [
  build,
  longStep("kills of the server", "crash"),
  longStep("a sync before each acknowledgement", "acknowledged-writes"),
  longStep("a full disk", "disk-full"),
  longStep("kills of the engine", "engine-kills"),
  longStep("kills in an upgrade", "upgrade-kills"),
  longStep("kills in the upkeep", "upkeep-kills"),
  longStep("an older program's data, and back", "upgrade-from-older"),
  longStep("clients that go away", "cut-connections"),
  longStep("fair scheduling", "fair-scheduling"),
  longStep("damaged model files", "model-file-mutations"),
  longStep("damaged requests", "openai-mutations"),
  longStep("random schemas", "structured-output"),
];

function longStep(title: string, name: string): Step {
  const choice = { files: [`tests/long/${name}.test.ts`], limitMs: 60 * 60_000 };
  return vitestStep(title, "long", environment, choice);
}

/** Something that tests need and that is not in the repository: found, or fetched. */
function needed(title: string, find: () => Promise<unknown>): Step {
  return {
    title,
    run: async () => {
      const failure = await find().then(
        () => null,
        (error: Error) => error,
      );
      return { passed: failure ? 0 : 1, failed: failure ? 1 : 0, output: failure?.message ?? "" };
    },
  };
}

async function runSteps(turns: readonly Turn[]): Promise<boolean> {
  let passed = 0;
  let failed = 0;
  async function runStep(step: Step): Promise<void> {
    const startedAt = performance.now();
    const result = await step.run();
    passed += result.passed;
    failed += result.failed;
    report(step, result, (performance.now() - startedAt) / 1000);
  }
  for (const turn of turns) await Promise.all([turn].flat().map(runStep));
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0;
}

function report(step: Step, result: StepResult, seconds: number): void {
  const mark = result.failed === 0 ? "ok    " : "FAILED";
  const count = result.passed + result.failed > 1 ? `${result.passed} passed, ${result.failed} failed, ` : "";
  console.log(`${mark} ${step.title} (${count}${seconds.toFixed(1)} s)`);
  const lines = stripVTControlCharacters(result.output).split("\n");
  for (const line of lines) if (line.startsWith("figure: ")) console.log(`       ${line.slice("figure: ".length)}`);
  if (result.failed > 0) console.log(`${result.output.trim().split("\n").slice(-300).join("\n")}\n`);
}

const wanted = process.argv.includes("--quick") ? quick : process.argv.includes("--long") ? long : full;
process.exitCode = (await runSteps(wanted)) ? 0 : 1;
