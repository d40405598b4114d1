// The proxies of the tests: installed ones, else Debian's own packages.
import { thisMachine, type ChromiumMachine } from "./find-chromium.ts";

export interface Proxies {
  readonly nginx: string;
  readonly caddy: string;
}

const packages = { nginx: "nginx-light", caddy: "caddy" } as const;
const folders = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin"];

/** Their paths, installed now if they must be and may be; otherwise an error that says what to install. */
export async function findProxies(machine: ChromiumMachine = thisMachine): Promise<Proxies> {
  const find = (name: string) => folders.map((folder) => `${folder}/${name}`).find((place) => machine.exists(place));
  const missing = (["nginx", "caddy"] as const)
    .filter((name) => find(name) === undefined)
    .map((name) => packages[name]);
  if (missing.length > 0 && mayInstall(machine)) {
    machine.say(`No ${missing.join(" and ")} here; installing Debian's package with apt-get.`);
    await machine.run("apt-get", ["update", "-q"]);
    await machine.run("apt-get", ["install", "-y", "-q", "--no-install-recommends", ...missing]);
  }
  const [nginx, caddy] = [find("nginx"), find("caddy")];
  if (nginx === undefined || caddy === undefined) {
    throw new Error(
      "The tests of docs/network.md need nginx and Caddy, and not both were found. Install them (Debian: apt-get install nginx-light caddy; macOS: brew install nginx caddy).",
    );
  }
  return { nginx, caddy };
}

function mayInstall(machine: ChromiumMachine): boolean {
  return machine.isRoot && machine.exists("/usr/bin/apt-get") && machine.environment["SHOBAR_NO_INSTALL"] !== "1";
}
