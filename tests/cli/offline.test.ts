// After the install nothing needs a network: the server starts, loads its model and answers where nothing can leave.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { startTestServer } from "../support/start-test-server.ts";

const refuseConnections = fileURLToPath(new URL("../support/refuse-connections.ts", import.meta.url));

test("the net of this test refuses and reports what would leave the machine", () => {
  const attempt = `require("node:http").get("http://192.0.2.1/").on("error", () => {})`;
  const { stderr } = spawnSync(process.execPath, ["--import", refuseConnections, "-e", attempt], { encoding: "utf8" });
  expect(stderr).toContain("REFUSED 192.0.2.1");
});

test("without a network the model answers in the chat's stream and on the API, and nothing was tried", async () => {
  await using server = await startTestServer({ nodeFlags: ["--import", refuseConnections] });
  const headers = await server.claim();
  await server.waitFor("model", ({ state }) => (state as { status: string }).status === "ready");
  const started = await fetch(`${server.url}/api/chats`, {
    method: "POST",
    headers,
    body: JSON.stringify({ chatId: anId(1), messageId: anId(2), text: "Say hello." }),
  });
  expect(started.status).toBe(201);
  const { answer } = (await started.json()) as { answer: { run: { id: string } } };
  const events = await fetch(`${server.url}/api/runs/${answer.run.id}/events`, { headers });
  let seen = "";
  for await (const chunk of events.body!.pipeThrough(new TextDecoderStream())) {
    seen += chunk;
    if (seen.includes('"type":"text-delta"')) {
      break;
    }
  }
  expect(seen).toContain('"type":"text-delta"');
  const made = await fetch(`${server.url}/api/api-keys`, {
    method: "POST",
    headers,
    body: JSON.stringify({ name: "x" }),
  });
  const { secret } = (await made.json()) as { secret: string };
  const completion = await fetch(`${server.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
    body: JSON.stringify({
      model: "smollm2-135m-instruct",
      max_tokens: 8,
      messages: [{ role: "user", content: "Hi" }],
    }),
  });
  expect(completion.status).toBe(200);
  expect(await server.stop()).toBe(0);
  expect(server.errors()).toBe("");
});

function anId(number: number): string {
  return `01900000-0000-7000-8000-${String(number).padStart(12, "0")}`;
}
