// A command beside a running server ends what is open there: the program that streams with a disabled person's key.
import { expect, test } from "vitest";
import { startTestServer } from "../support/start-test-server.ts";
import { runProgram } from "./run-program.ts";

const endsWithinMs = 1000;

test("disabling a person by command ends the stream of their key within a second, in the middle of the answer", async () => {
  await using server = await startTestServer();
  await server.waitFor("model", ({ state }) => (state as { status: string }).status === "ready");
  const run = async (...words: string[]) => {
    const { code, stdout, stderr } = await runProgram([...words, "--data", server.dataFolder, "--json"]);
    expect([code, stderr]).toEqual([0, ""]);
    return JSON.parse(stdout) as { secret: string };
  };
  await run("users", "create", "--email", "bo@example.org", "--name", "Bo");
  const { secret } = await run("keys", "create", "--name", "laptop", "--user", "bo@example.org");
  const headers = { authorization: `Bearer ${secret}`, "content-type": "application/json" };
  const models = (await (await fetch(`${server.url}/v1/models`, { headers })).json()) as { data: { id: string }[] };
  // The likeliest word each time: the small model then repeats itself until its room is full.
  const body = {
    model: models.data[0]?.id,
    stream: true,
    temperature: 0,
    messages: [{ role: "user", content: "Write a very long story about the sea." }],
  };
  const response = await fetch(`${server.url}/v1/chat/completions`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  let seen = "";
  let disabledAt: Promise<number> | undefined;
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    seen += chunk;
    if (seen.includes('"content":')) {
      disabledAt ??= run("users", "disable", "--email", "bo@example.org").then(() => performance.now());
    }
  }
  const endedAt = performance.now();
  expect(endedAt - ((await disabledAt) ?? 0)).toBeLessThan(endsWithinMs);
  expect(seen.split("\n\n").at(-2)).toContain('"code":"invalid_api_key"');
  expect(seen).not.toContain("[DONE]");
  expect((await fetch(`${server.url}/v1/models`, { headers })).status).toBe(401);
});
