// The first morning of a team, in two browsers: the owner sets the server up and invites, a colleague joins and asks.
import { networkInterfaces } from "node:os";
import type { Browser, Page } from "playwright-core";
import { answerEnds, answerGrows, ask, claimServer } from "./real-web.ts";

/** As performance.now() tells them. */
export interface Milestones {
  readonly ownerReadyAt: number;
  readonly invitedAt: number;
  readonly joinedAt: number;
  readonly firstTextAt: number;
  readonly answeredAt: number;
}

export const owner = { name: "Anika", email: "anika@example.org", password: "correct horse battery staple" };
export const colleague = { name: "Rahim", email: "rahim@example.org", password: "seventeen blue lanterns" };
const question = "What is a lighthouse? Answer in one sentence.";

/** Answers when each step was done; `look` is called at the end, with both pages still open. */
export async function bringSecondPerson(
  browser: Browser,
  setupUrl: string,
  look: (pages: { owner: Page; colleague: Page }) => Promise<void> = async () => {},
): Promise<Milestones> {
  const ownersPage = await openPage(browser);
  await claimServer(ownersPage, setupUrl, owner);
  const ownerReadyAt = performance.now();
  const link = await invite(ownersPage);
  const invitedAt = performance.now();
  const page = await openPage(browser);
  // The same form and the same first steps as for the owner's account.
  await claimServer(page, link, colleague);
  const joinedAt = performance.now();
  await ask(page, question);
  await answerGrows(page, 0);
  const firstTextAt = performance.now();
  await answerEnds(page);
  const answeredAt = performance.now();
  await look({ owner: ownersPage, colleague: page });
  await ownersPage.context().close();
  await page.context().close();
  return { ownerReadyAt, invitedAt, joinedAt, firstTextAt, answeredAt };
}

/** Answers the link, as it is shown this once. */
async function invite(page: Page): Promise<string> {
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("link", { name: "People", exact: true }).click();
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  await page.getByLabel("For whom").fill(colleague.name);
  await page.getByRole("button", { name: "Make link" }).click();
  const link = await page.getByText(/\/invite#token=/).textContent();
  await page.getByRole("button", { name: "I have copied it" }).click();
  return link ?? "";
}

async function openPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en" });
  return context.newPage();
}

/** This machine's address in its network: the first that is not loopback. */
export function networkAddress(): string {
  const found = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .find(({ internal, family }) => !internal && family === "IPv4");
  if (!found) throw new Error("This machine has no address in a network beside loopback.");
  return found.address;
}
