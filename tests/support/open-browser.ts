import { type Browser, chromium } from "playwright-core";
import { findChromium } from "./find-chromium.ts";

/** Features of Chromium that the tests do without. */
const withoutFeatures = [
  // The list below the address bar is a web page of its own, twice; loading both costs each window as much as our app.
  "WebUIOmniboxPopup",
  "WebUIOmniboxAimPopup",
  // Playwright's own, which this list replaces: no upgrade to TLS, no old picture while a page loads, no calls home.
  "AimEnabled",
  "AvoidCorsURLLoaderRestartOnRedirect",
  "AvoidUnnecessaryBeforeUnloadCheckSync",
  "DestroyProfileOnBrowserClose",
  "HttpsFirstBalancedModeAutoEnable",
  "HttpsUpgrades",
  "LensOverlay",
  "MediaRouter",
  "NetworkTimeServiceQuerying",
  "OptimizationHints",
  "PaintHolding",
  "PreconnectToSearch",
  "TcpPortRandomizationWin",
  "ThirdPartyStoragePartitioning",
  "msEdgeUpdateLaunchServicesPreferredVersion",
  "msForceBrowserSignIn",
];

/** Quiet and repeatable: no GPU, no background traffic. */
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  `--disable-features=${withoutFeatures.join(",")}`,
];

/** `moreFlags`: settings of a person's browser, such as larger text. */
export async function openBrowser(moreFlags: readonly string[] = []): Promise<Browser> {
  return await chromium.launch({ executablePath: await findChromium(), args: [...flags, ...moreFlags] });
}
