// What a first visit costs: measured on the wire, from navigation until a first answer is drawn as Markdown.
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { openWebAppsInOneBrowser } from "../support/open-web-app.ts";

const openWebApp = openWebAppsInOneBrowser();

const mostBytes = 250 * 1024;

test("at most 250 KB of JavaScript (gzip) come until a first answer is drawn, without highlighting and math", async () => {
  await using app = await openWebApp();
  const { page } = app;
  const scripts = new Map<string, Promise<number>>();
  page.on("response", (response) => {
    const path = new URL(response.url()).pathname;
    if (path.endsWith(".js"))
      scripts.set(
        path,
        response.body().then((body) => gzipSync(body, { level: 9 }).length),
      );
  });
  await app.open("/");
  await page.getByRole("textbox", { name: "Message" }).fill("Tell me");
  await page.keyboard.press("Enter");
  await page.locator(".markdown strong").waitFor();
  await page.getByRole("button", { name: "Retry" }).waitFor();
  const sizes = await Promise.all(scripts.values());
  const total = sizes.reduce((sum, size) => sum + size, 0);
  expect(total).toBeGreaterThan(50 * 1024);
  expect(total).toBeLessThanOrEqual(mostBytes);
  expect([...scripts.keys()].filter((path) => /highlight|draw-formula|\/bn-/.test(path))).toEqual([]);
});

test("the page obeys its content security policy and asks no other host", async () => {
  await using app = await openWebApp();
  await app.page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) =>
      console.error(`refused: ${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  for (const path of ["/", "/models", "/settings/appearance", "/settings/security", "/design"]) {
    await app.open(path);
    await app.page.getByRole("heading", { level: 1 }).first().waitFor({ state: "attached" });
  }
  expect(app.problems).toEqual([]);
  expect(app.foreignRequests).toEqual([]);
});
