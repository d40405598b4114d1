// The first morning of a team, once more in full: npm start's server on the network, an owner, an invitation, a colleague in
// another browser, an answer. How long it takes is measured in bench/second-person.ts.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser } from "../support/open-browser.ts";
import { startTestServer, type TestServer } from "../support/start-test-server.ts";
import { lettersOf, storedAnswer } from "./real-web.ts";
import { bringSecondPerson, colleague, networkAddress, owner } from "./second-person.ts";

let server: TestServer;
let browser: Browser;
beforeAll(async () => {
  server = await startTestServer({ flags: ["--host", "0.0.0.0"] });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

test("a colleague who is invited by link joins in another browser and gets an answer, and neither sees the other's chats", async () => {
  // The owner opens what the start screen says; the link is for another machine.
  const own = new URL(server.setupUrl ?? "");
  expect(own.hostname).toBe("localhost");
  const address = `http://${networkAddress()}:${own.port}`;
  await bringSecondPerson(browser, own.href, async (pages) => {
    expect(new URL(pages.colleague.url()).origin).toBe(address);
    expect(await lettersOf(pages.colleague)).not.toBe("");
    const { run } = await storedAnswer(pages.colleague);
    expect(run).toMatchObject({ status: "done", madeBy: "here" });
    const me = await (await pages.colleague.request.get(`${address}/api/me`)).json();
    expect(me).toMatchObject({ name: colleague.name, email: colleague.email, role: "member" });
    expect((await pages.colleague.request.get(`${address}/api/people`)).status()).toBe(403);
    const people = (await (await pages.owner.request.get(`${own.origin}/api/people`)).json()) as { items: unknown[] };
    expect(people.items).toMatchObject([{ email: owner.email }, { email: colleague.email }]);
    const chats = (await (await pages.owner.request.get(`${own.origin}/api/chats`)).json()) as { items: unknown[] };
    expect(chats.items).toEqual([]);
  });
});
