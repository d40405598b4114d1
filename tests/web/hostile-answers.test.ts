import { expect, test } from "vitest";
import { openWebAppsInOneBrowser } from "../support/open-web-app.ts";

const openWebApp = openWebAppsInOneBrowser();

// Each tries to run something, to change the page, or to make the browser ask another host.
const attacks = [
  "<script>window.hit = 1</script>",
  "<img src=x onerror='window.hit = 1'>",
  "<img src='https://evil.example/pixel.png'>",
  "<svg onload='window.hit = 1'><script>window.hit = 1</script></svg>",
  "<style>@import url(https://evil.example/x.css); body { display: none }</style>",
  "<link rel=stylesheet href=https://evil.example/x.css>",
  "<iframe src='javascript:parent.hit = 1'></iframe>",
  "<base href='https://evil.example/'>",
  "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
  "<a href='javascript:window.hit = 1'>raw link</a>",
  "[js link](javascript:window.hit=1)",
  "[odd js link](java&#115;cript:window.hit=1)",
  "[tab link](java&#9;script:window.hit=1)",
  "[data link](data:text/html,<script>opener.hit=1</script>)",
  "<javascript:window.hit=1>",
  "![pixel](https://evil.example/pixel.png)",
  "![data](data:image/svg+xml,<svg onload=alert(1)>)",
  "![js](javascript:window.hit=1)",
  "[![nested](https://evil.example/a.png)](https://evil.example/)",
  "[ref]\n\n[ref]: javascript:window.hit=1",
  '[titled](https://example.org "x\\" onmouseover=\\"window.hit=1")',
  "```html\n<script>window.hit = 1</script>\n```",
  '```"><script>window.hit=1</script>\ncode\n```',
  "$$\\href{javascript:window.hit=1}{x}$$",
  "$$\\url{https://evil.example}$$",
  "$$\\includegraphics{https://evil.example/pixel.png}$$",
  "$$\\htmlStyle{background:url(https://evil.example/x)}{x}$$",
  "$$\\def\\a{\\a\\a}\\a$$",
  "$$\\rule{99999em}{99999em}$$",
  "| <img src=x onerror='window.hit=1'> | b |\n|---|---|\n| <script>window.hit=1</script> | [x](javascript:window.hit=1) |",
  "- [ ] <input autofocus onfocus='window.hit=1'>",
  "www.evil.example and https://evil.example/page",
  "<details ontoggle='window.hit=1' open>x</details>",
  "\u202Eevil\u202C",
];

test("no answer can run script, change the page or make the browser ask another host", async () => {
  const text = attacks.join("\n\n");
  // In small pieces, so that every half of every attack is drawn too.
  const pieces = text.match(/[\s\S]{1,23}/g) ?? [];
  await using app = await openWebApp({ answer: pieces, tickMs: 2 });
  const { page } = app;
  await app.open("/");
  await page.getByRole("textbox", { name: "Message" }).fill("Attack");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Retry" }).waitFor({ state: "attached" });
  await page.getByRole("button", { name: "Retry" }).scrollIntoViewIfNeeded();
  for (const link of await page.locator(".markdown a").all()) await link.hover();

  const found = await page.evaluate(() => {
    const answer = document.querySelector(".markdown");
    const elements = [...(answer?.querySelectorAll("*") ?? [])];
    return {
      hit: (window as unknown as { hit?: number }).hit ?? null,
      forbidden: elements
        .map((element) => element.tagName.toLowerCase())
        .filter((name) => /^(script|iframe|img|style|link|base|meta|object|embed|form)$/.test(name)),
      handlers: elements.flatMap((element) => element.getAttributeNames().filter((name) => name.startsWith("on"))),
      addresses: elements.map((element) => element.getAttribute("href")).filter((href) => href !== null),
      relations: [
        ...new Set(elements.filter((element) => element.tagName === "A").map((element) => element.getAttribute("rel"))),
      ],
      largest: Math.max(...elements.map((element) => element.getBoundingClientRect().height)),
    };
  });
  expect(found.hit).toBeNull();
  expect(found.forbidden).toEqual([]);
  expect(found.handlers).toEqual([]);
  expect(found.addresses.filter((address) => !/^https?:\/\//.test(address))).toEqual([]);
  expect(found.relations).toEqual(["noopener noreferrer nofollow"]);
  expect(found.largest).toBeLessThan(10_000);
  expect(app.foreignRequests).toEqual([]);
  expect(app.problems).toEqual([]);
});

test("a hostile title or model name is shown as text", async () => {
  await using app = await openWebApp();
  const { page } = app;
  await app.open("/");
  await page.getByRole("textbox", { name: "Message" }).fill("<img src=x onerror=alert(1)>");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "<img src=x onerror=alert(1)>" }).waitFor();
  expect(await page.locator("img[src=x]").count()).toBe(0);
  expect(app.problems).toEqual([]);
});
