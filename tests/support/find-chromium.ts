// The browser of the web tests and of the screenshots: one that is installed, else Debian's own package.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What finding a browser depends on, so that a test can be any machine. */
export interface ChromiumMachine {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly isRoot: boolean;
  readonly exists: (file: string) => boolean;
  readonly run: (command: string, commandArguments: readonly string[]) => Promise<string>;
  readonly say: (line: string) => void;
}

export const thisMachine: ChromiumMachine = {
  platform: process.platform,
  environment: process.env,
  isRoot: process.getuid?.() === 0,
  exists: existsSync,
  run: async (command, commandArguments) => {
    const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    return (await run(command, commandArguments, { env: environment, maxBuffer: 64 * 1024 * 1024 })).stdout;
  },
  say: (line) => console.log(line),
};

/** Path of a Chromium, installed now if it must be and may be; otherwise an error that says what to install. */
export async function findChromium(machine: ChromiumMachine = thisMachine): Promise<string> {
  const chosen = machine.environment["SHOBAR_CHROMIUM"];
  if (chosen) {
    if (machine.exists(chosen)) return chosen;
    throw new Error(`SHOBAR_CHROMIUM names ${chosen}, and there is no such file.`);
  }
  const installed = usualPlaces(machine).find((place) => machine.exists(place));
  if (installed) return installed;
  if (!machine.isRoot || !machine.exists("/usr/bin/apt-get") || machine.environment["SHOBAR_NO_INSTALL"] === "1") {
    throw new Error(howToInstall(machine));
  }
  return installOnDebian(machine);
}

function usualPlaces({ platform, environment }: ChromiumMachine): string[] {
  if (platform === "darwin") {
    return ["Chromium", "Google Chrome", "Microsoft Edge"].map(
      (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
    );
  }
  if (platform === "win32") {
    const programs = ["Google\\Chrome\\Application\\chrome.exe", "Microsoft\\Edge\\Application\\msedge.exe"];
    return ["PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"]
      .map((name) => environment[name])
      .filter((folder) => folder !== undefined)
      .flatMap((folder) => programs.map((program) => path.win32.join(folder, program)));
  }
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  return ["/usr/bin", "/usr/local/bin", "/snap/bin"].flatMap((folder) => names.map((name) => `${folder}/${name}`));
}

async function installOnDebian(machine: ChromiumMachine): Promise<string> {
  await machine.run("apt-get", ["update", "-q"]);
  machine.say(`No Chromium here; installing Debian's package chromium (${await packageSize(machine)}) with apt-get.`);
  await machine.run("apt-get", ["install", "-y", "-q", "--no-install-recommends", "chromium"]);
  const installed = usualPlaces(machine).find((place) => machine.exists(place));
  if (!installed) throw new Error(howToInstall(machine));
  return installed;
}

async function packageSize(machine: ChromiumMachine): Promise<string> {
  const description = await machine.run("apt-cache", ["show", "--no-all-versions", "chromium"]);
  const download = Number(/^Size: (\d+)$/m.exec(description)?.[1] ?? 0) / 1024 / 1024;
  const onDisk = Number(/^Installed-Size: (\d+)$/m.exec(description)?.[1] ?? 0) / 1024;
  return `${Math.round(download)} MB to download, ${Math.round(onDisk)} MB on disk, and what it depends on`;
}

function howToInstall({ platform }: ChromiumMachine): string {
  const how =
    platform === "linux"
      ? "Install one (Debian: apt-get install chromium; Fedora: dnf install chromium)"
      : "Install Google Chrome or Chromium";
  return `The browser tests need Chromium and none was found. ${how}, or set SHOBAR_CHROMIUM to the path of one.`;
}
