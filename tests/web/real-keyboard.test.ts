// The first morning of a team by keyboard alone, on the real server: no click, no touch. After each step the focus is where
// the next thing is, so that whoever does not see the page is told of it.
import { afterAll, beforeAll, expect, test } from "vitest";
import { focusComesTo, focusedName, tabTo } from "./keyboard-focus.ts";
import { answerEnds, lettersOf, openRealWeb, type RealWeb } from "./real-web.ts";

let web: RealWeb;
beforeAll(async () => {
  web = await openRealWeb();
});
afterAll(() => web[Symbol.asyncDispose]());

test("from the first account to a colleague's first answer nothing needs a mouse, and the focus is never lost", async () => {
  const { page, context } = await web.open({ permissions: ["clipboard-read", "clipboard-write"] });
  const { keyboard } = page;
  const fillIn = async (values: readonly string[]) => {
    for (const [index, value] of values.entries()) {
      if (index > 0) await keyboard.press("Tab");
      await keyboard.type(value);
    }
    await keyboard.press("Enter");
  };
  const press = async (name: RegExp, key = "Enter") => {
    await tabTo(page, name);
    await keyboard.press(key);
  };
  const askAndRead = async (question: string) => {
    await focusComesTo(page, /^Message/);
    await keyboard.type(question);
    await keyboard.press("Enter");
    await answerEnds(page);
    expect(await lettersOf(page)).not.toBe("");
    // The next question can be typed at once.
    expect(await focusedName(page)).toMatch(/^Message/);
  };

  await page.goto(web.server.setupUrl ?? "");
  await focusComesTo(page, /^Your name/);
  await fillIn(["Anika", "anika@example.org", "correct horse battery staple"]);
  await focusComesTo(page, /^Your language$/);
  await press(/^Continue$/);
  await focusComesTo(page, /^Your model$/);
  await press(/^SmolLM2/, "Space");
  await press(/^Start chatting$/);
  await askAndRead("Name one colour of the sea.");

  await press(/^Settings$/);
  await press(/^People$/);
  await press(/^Invite$/);
  await focusComesTo(page, /^For whom/);
  await keyboard.type("Rahim");
  await keyboard.press("Enter");
  await focusComesTo(page, /^Copy the link now$/);
  await press(/^Copy$/);
  await focusComesTo(page, /^Copied$/);
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toMatch(/\/invite#token=/);
  await press(/^I have copied it$/);
  await focusComesTo(page, /^Invite$/);

  await press(/Anika$/);
  await focusComesTo(page, /^Sign out$/);
  await keyboard.press("Enter");
  await page.waitForURL("**/sign-in");
  await focusComesTo(page, /^Email/);

  await page.goto(link);
  await focusComesTo(page, /^Your name/);
  await fillIn(["Rahim", "rahim@example.org", "seventeen blue lanterns"]);
  await focusComesTo(page, /^Your language$/);
  await press(/^Continue$/);
  await focusComesTo(page, /^Your model$/);
  await press(/^Start chatting$/);
  await askAndRead("What is a lighthouse?");
  await context.close();
  expect(web.problems).toEqual([]);
});
