// The program that shows what another one asks of the system, for the proof that what is acknowledged was synced first.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

const file = "/usr/bin/strace";
const installer = "/usr/bin/apt-get";

/** Its path, installed now if it must be and may be (Debian, as root); otherwise an error that says what to install. */
export function findStrace(): string {
  if (!existsSync(file) && mayInstall()) {
    const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    for (const words of [
      ["update", "-q"],
      ["install", "-y", "-q", "--no-install-recommends", "strace"],
    ]) {
      execFileSync(installer, words, { env: environment, stdio: ["ignore", "ignore", "inherit"] });
    }
  }
  if (!existsSync(file)) {
    throw new Error("This test needs strace. Install it (Debian: apt-get install strace; Fedora: dnf install strace).");
  }
  return file;
}

function mayInstall(): boolean {
  return process.getuid?.() === 0 && existsSync(installer) && process.env["SHOBAR_NO_INSTALL"] !== "1";
}
