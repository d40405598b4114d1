import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { plantSecrets } from "../support/plant-secrets.ts";
import { startTestServer } from "../support/start-test-server.ts";

test("no secret is in a log, in an error, in what the program prints, or readable in the data folder", async () => {
  const parent = await mkdtemp(join(tmpdir(), "shobar-secrets-"));
  const dataFolder = join(parent, "data");
  try {
    await using server = await startTestServer({ dataFolder, flags: ["--no-starter", "--log-level", "debug"] });
    const client = { url: server.url, headers: await server.claim() };
    const { secrets, answers } = await plantSecrets(client, "correct horse battery staple");
    await server.stop();
    const files = readdirSync(dataFolder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const places = new Map([
      ["an answer", answers.join("\n")],
      ["what the program printed", `${JSON.stringify(server.lines)}${server.errors()}`],
      ...files.map(({ parentPath, name }): [string, string] => [name, readFileSync(join(parentPath, name), "latin1")]),
    ]);
    const found = [...secrets].flatMap(([what, secret]) =>
      [...places].filter(([, text]) => text.includes(secret)).map(([place]) => `${what} in ${place}`),
    );
    expect(found).toEqual([]);
    expect(secrets.size).toBeGreaterThan(15);
    // That the search finds what is there.
    expect(places.get("shobar.db")).toContain("ben@example.org");
    expect(places.get("shobar.log")).toContain("server-started");
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
}, 240_000);
