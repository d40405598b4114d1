import { type Browser, chromium } from "playwright-core";
import { findChromium } from "./find-chromium.ts";

/** Quiet and repeatable: no GPU, no background traffic. */
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** `moreFlags`: settings of a person's browser, such as larger text. */
export async function openBrowser(moreFlags: readonly string[] = []): Promise<Browser> {
  return await chromium.launch({ executablePath: await findChromium(), args: [...flags, ...moreFlags] });
}
