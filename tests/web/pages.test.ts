import { expect, test } from "vitest";
import { seededChats } from "../support/fake-api-seed.ts";
import { openWebAppsInOneBrowser } from "../support/open-web-app.ts";

const openWebApp = openWebAppsInOneBrowser();

test("the owner's account is followed by a language and the models that are here, in two short steps", async () => {
  await using app = await openWebApp({ isSignedOut: true, isUnclaimed: true });
  const { page, server } = app;
  await app.open("/setup#token=good");
  await page.getByLabel("Your name").fill("Anika Rahman");
  await page.getByLabel("Email").fill("anika@example.org");
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("heading", { name: "Your language" }).waitFor();
  await page.getByRole("radio", { name: "বাংলা" }).click();
  await page.getByRole("button", { name: "এগিয়ে যান" }).click();
  await page.getByRole("heading", { name: "আপনার মডেল" }).waitFor();
  await page.getByText("SmolLM2 135M Instruct").waitFor();
  await page.getByRole("link", { name: "চ্যাট শুরু করুন" }).click();
  await page.getByText("স্বাগতম, Anika Rahman").waitFor();
  expect(server.state.me?.language).toBe("bn");
  expect(app.problems).toEqual([]);
});

test("the first steps can be skipped, and nobody who is not signed in sees them", async () => {
  await using app = await openWebApp();
  await app.open("/welcome");
  await app.page.getByRole("link", { name: "Skip" }).click();
  await app.page.getByText("Hello, Anika Rahman").waitFor();
  app.server.state.me = null;
  await app.open("/welcome");
  await app.page.getByRole("button", { name: "Sign in" }).waitFor();
  expect(new URL(app.page.url()).pathname).toBe("/sign-in");
});

test("the sidebar is made wider with the pointer and with arrow keys, within limits, and stays so", async () => {
  await using app = await openWebApp();
  const { page } = app;
  await app.open("/");
  const edge = page.getByRole("separator", { name: "Width of the sidebar" });
  const width = async () => (await page.getByRole("complementary").boundingBox())?.width;
  await edge.waitFor();
  expect(await width()).toBe(264);
  const box = await edge.boundingBox();
  const [x, y] = [(box?.x ?? 0) + 4, (box?.y ?? 0) + 300];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 50, y);
  await page.mouse.up();
  // The edge is where the pointer is; where in its breadth it was taken does not matter.
  expect(Math.abs(((await width()) ?? 0) - 314)).toBeLessThanOrEqual(4);
  await edge.press("End");
  expect(await width()).toBe(360);
  await edge.press("ArrowRight");
  expect(await width()).toBe(360);
  await edge.press("ArrowLeft");
  expect(await width()).toBe(344);
  await page.reload();
  await edge.waitFor();
  expect(await width()).toBe(344);
  await edge.dblclick();
  expect(await width()).toBe(264);
  await edge.press("Home");
  expect(await width()).toBe(220);
  expect(app.problems).toEqual([]);
});

test("models are filtered by the language that they know, where there is a choice", async () => {
  await using app = await openWebApp();
  const { page, server } = app;
  await app.open("/models");
  await page.getByRole("heading", { name: "SmolLM2 135M Instruct" }).waitFor();
  await page.getByRole("combobox", { name: "Models that know" }).click();
  await page.getByRole("option", { name: "Bangla" }).click();
  await page.getByRole("heading", { name: "SmolLM2 135M Instruct" }).waitFor({ state: "detached" });
  expect(await page.getByRole("main").getByRole("heading", { level: 3 }).allInnerTexts()).toEqual([
    "Qwen3 4B",
    "Gemma 3 12B",
  ]);
  server.state.models = server.state.models.slice(0, 1);
  await page.reload();
  await page.getByRole("heading", { name: "SmolLM2 135M Instruct" }).waitFor();
  expect(await page.getByRole("combobox").count()).toBe(0);
  expect(app.problems).toEqual([]);
});

test("a chat that is not there says so and leads on, without a message box", async () => {
  await using app = await openWebApp();
  const { page } = app;
  await app.open(`/chats/${seededChats.rich.replace(/.$/, "f")}`);
  await page.getByText("This chat does not exist or is not shared with you.").waitFor();
  expect(await page.getByRole("textbox").count()).toBe(0);
  await page.getByRole("link", { name: "Start chatting" }).click();
  await page.getByText("Hello, Anika Rahman").waitFor();
});
