// A model is fetched by the command line from a host of its own: with a server and without one, and after the command was
// stopped in the middle.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { environmentWithoutSettings, programFile, startTestServer } from "../support/start-test-server.ts";
import { stallAfter, type StandInHost, startModelHost } from "../support/start-model-host.ts";
import { runProgram } from "./run-program.ts";

const starter = readFileSync(join(import.meta.dirname, "../../models/SmolLM2-135M-Instruct.Q4_1.gguf"));
const source = "ana/SmolLM2-GGUF";
let home: string;
let host: StandInHost;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "shobar-pull-"));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));
beforeEach(async () => {
  host = await startModelHost({ "ana/SmolLM2-GGUF/SmolLM2-Q4_1.gguf": starter });
});
afterEach(() => host[Symbol.asyncDispose]());

const run = (data: string, ...words: string[]) =>
  runProgram([...words, "--data", data, "--no-starter"], {
    environment: { HOME: home, XDG_CACHE_HOME: home, SHOBAR_MODEL_HOST: host.url },
  });

/** Types the command and, once a part of the file is there, ends it. */
async function stopInTheMiddle(
  data: string,
  signal: NodeJS.Signals = "SIGINT",
): Promise<{ code: number | null; stderr: string }> {
  host.next.push(stallAfter(40_000_000));
  const child = spawn(process.execPath, [programFile, "models", "pull", source, "--data", data, "--no-starter"], {
    env: { ...environmentWithoutSettings(), HOME: home, SHOBAR_MODEL_HOST: host.url },
  });
  child.stdin.end();
  let said = "";
  let stderr = "";
  child.stderr.on("data", (piece) => (stderr += piece));
  child.stdout.on("data", (piece) => (said += piece));
  await expect.poll(() => said, { timeout: 30_000 }).toMatch(/^([4-9]\d) % of 98 MB/m);
  child.kill(signal);
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stderr };
}

test("without a server: stopped by Ctrl-C it goes on when it is typed again, and the model answers", async () => {
  const data = join(home, "alone");
  const stopped = await stopInTheMiddle(data);
  expect(stopped).toMatchObject({ code: 130, stderr: expect.stringContaining("What has arrived is kept") });
  const { code, stdout, stderr } = await run(data, "models", "pull", source);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/\d\d % of 98 MB/);
  expect(stdout).toContain("Fetched: smollm2-q4_1.");
  expect(Number(/\d+/.exec(host.ranges().at(-1) ?? "0")?.[0])).toBeGreaterThan(1_000_000);
  expect((await run(data, "ask", "Say hello.")).stdout.length).toBeGreaterThan(3);
  expect((await run(data, "models", "pull", source)).stdout).toContain("It was here already: smollm2-q4_1");
});

test("killed with -9 in the middle, it goes on from what was on disk for good; discarded, it begins anew", async () => {
  const data = join(home, "killed");
  await stopInTheMiddle(data, "SIGKILL");
  await stopInTheMiddle(data, "SIGKILL");
  expect(Number(/\d+/.exec(host.ranges().at(-1) ?? "0")?.[0])).toBeGreaterThan(30_000_000);
  expect((await run(data, "models", "pull", source, "--discard")).stdout).toBe(
    `Deleted what had arrived of ${source}.\n`,
  );
  expect((await run(data, "models", "pull", source)).stdout).toContain("Fetched: smollm2-q4_1.");
  expect(host.ranges().at(-1)).toBeUndefined();
});

test("beside a running server, which fetches it; Ctrl-C pauses it there, and the model is offered at once", async () => {
  const data = join(home, "served");
  await using server = await startTestServer({
    dataFolder: data,
    flags: ["--no-starter", "--model-host", host.url],
  });
  expect((await stopInTheMiddle(data)).code).toBe(130);
  expect((await run(data, "models", "pull", source)).stdout).toContain("Fetched: smollm2-q4_1.");
  const headers = await server.claim();
  const { items } = (await (await fetch(`${server.url}/api/models`, { headers })).json()) as {
    items: { id: string }[];
  };
  expect(items.map(({ id }) => id)).toEqual(["smollm2-q4_1"]);
});

test("a host that is not there, a name that is unknown and a word that is none are one sentence each", async () => {
  const data = join(home, "refused");
  const pulled = async (...words: string[]) => (await run(data, "models", "pull", ...words)).stderr;
  expect(await pulled("bo/nothing")).toMatch(/^127\.0\.0\.1:\d+ has no bo\/nothing\. Check how it is written\./);
  expect(await pulled("nothing")).toMatch(
    /^nothing names no model\. Write the id of a model of the catalogue, OWNER\/NAME/,
  );
  expect(await pulled(source, "--model-host", "http://127.0.0.1:1")).toBe(
    "127.0.0.1:1 cannot be reached: nothing listens there.\n",
  );
});

test("what another program has half fetched is adopted, measured, and deleted again", async () => {
  const data = join(home, "adopted");
  const half = join(home, "half.part");
  writeFileSync(half, starter.subarray(0, 60_000_000));
  const adopted = await run(data, "models", "adopt", half, "--as", source);
  expect({ code: adopted.code, stderr: adopted.stderr }).toEqual({ code: 0, stderr: "" });
  expect(adopted.stdout).toContain("Taken over, and the rest was fetched: smollm2-q4_1.");
  expect(host.ranges().at(-1)).toBe("bytes=60000000-");

  const bench = await run(data, "models", "bench", "smollm2-q4_1");
  expect(bench.stdout).toMatch(/^Round 3: reads \d+ tokens a second, writes \d+$/m);
  expect(bench.stdout).toMatch(/^smollm2-q4_1 reads \d+ tokens a second, writes \d+: the middle of 3 rounds$/m);
  expect((await run(data, "models", "list")).stdout).toMatch(/smollm2-q4_1 .* \d+ words\/s/);

  const whole = join(home, "whole.gguf");
  writeFileSync(whole, starter);
  expect((await run(data, "models", "adopt", whole)).stdout).toContain("The catalogue does not know this file.");
  expect((await run(data, "models", "remove", "whole", "--delete")).stderr).toContain(
    "not in this server's models folder",
  );
  expect((await run(data, "models", "remove", "smollm2-q4_1", "--delete")).stdout).toBe(
    "Deleted: smollm2-q4_1, which frees 98 MB.\n",
  );
  expect(existsSync(join(data, "models/SmolLM2-Q4_1.gguf"))).toBe(false);
});
