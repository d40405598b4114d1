// Installs what the lockfile says, with npm and without install scripts, and only when something changed.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, statfsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { explainInstallFailure } from "./explain-install-failure.mjs";
import { hashOf } from "./fingerprint.mjs";
import { measureFolder } from "./measure-folder.mjs";
import { SetUpError } from "./set-up-error.mjs";

/** Free disk that an install wants: what it unpacks plus npm's own cache. */
const neededBytes = 900 * 1024 * 1024;

/** `prod` is what the product runs and builds with, `all` also what its tests need. */
export function dependenciesAreCurrent(root, mode) {
  const lock = readLock(root);
  const stamp = readStamp(root);
  return stamp !== null && stamp.lock === lock.hash && stamp.platform === platform && covers(stamp.mode, mode);
}

/** Call only with the set-up lock held. Returns a few words on the result, or null when nothing was to do. */
export async function installDependencies(root, mode, report) {
  const lock = readLock(root);
  const installed = readInstalled(root);
  // Somebody installed by hand what the lockfile asks for: nothing to do but to remember it.
  const present = ["all", "prod"].find((candidate) => hasEverything(lock, installed, candidate));
  if (present && covers(present, mode)) {
    await writeStamp(root, lock, present);
    return "already here";
  }
  // Test tools that are here stay: `npm start` must not undo `npm test`.
  const hasTestTools = readStamp(root)?.mode === "all" || Object.values(installed).some((entry) => entry.dev);
  const target = hasTestTools ? "all" : mode;
  requireFreeSpace(root);
  const wanted = packagesFor(lock, target);
  const timer = setInterval(() => report(countReady(root, wanted)), 1000);
  try {
    await runNpm(root, target);
  } finally {
    clearInterval(timer);
  }
  await writeStamp(root, lock, target);
  return `${megabytes(await measureFolder(path.join(root, "node_modules")))} MB in node_modules`;
}

const platform = `${process.platform}-${process.arch}`;

const covers = (have, want) => have === "all" || have === want;

const stampFile = (root) => path.join(root, "node_modules", ".shobar-install");

function readLock(root) {
  const text = readFileSync(path.join(root, "package-lock.json"), "utf8");
  return { text, hash: hashOf(text) };
}

function readStamp(root) {
  return readJson(stampFile(root));
}

/** npm's own record of what it put into node_modules. */
function readInstalled(root) {
  return readJson(path.join(root, "node_modules", ".package-lock.json"))?.packages ?? {};
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return null;
  }
}

const writeStamp = (root, lock, mode) =>
  writeFile(stampFile(root), JSON.stringify({ lock: lock.hash, platform, mode }));

/** Lockfile entries that belong on this machine, as [place, entry]. */
function packagesFor(lock, mode) {
  return Object.entries(JSON.parse(lock.text).packages).filter(
    ([place, entry]) =>
      place !== "" &&
      (mode === "all" || !(entry.dev || entry.devOptional)) &&
      allows(entry.os, process.platform) &&
      allows(entry.cpu, process.arch),
  );
}

/** `os` and `cpu` of a package: names, or names with `!` in front that are ruled out. */
function allows(list, value) {
  const names = [list ?? []].flat();
  return !names.includes(`!${value}`) && (names.every((name) => name.startsWith("!")) || names.includes(value));
}

/** Optional packages of packages are npm's to choose; our own optional ones must be here. */
function hasEverything(lock, installed, mode) {
  const own = JSON.parse(lock.text).packages[""].optionalDependencies ?? {};
  const isNeeded = ([place, entry]) => !entry.optional || place.replace("node_modules/", "") in own;
  return packagesFor(lock, mode)
    .filter(isNeeded)
    .every(([place, entry]) => installed[place]?.version === entry.version);
}

function countReady(root, wanted) {
  const ready = wanted.filter(([place]) => existsSync(path.join(root, place, "package.json"))).length;
  return `${ready} of ${wanted.length} packages`;
}

function requireFreeSpace(root) {
  const { bavail, bsize } = statfsSync(root);
  const freeBytes = bavail * bsize;
  if (freeBytes < neededBytes) {
    throw new SetUpError(
      `Installing the dependencies needs about ${megabytes(neededBytes)} MB of disk; ${root} has ${megabytes(freeBytes)} MB free. Free some space and start again.`,
    );
  }
}

const megabytes = (bytes) => Math.round(bytes / 1024 / 1024);

const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Ends together with npm: an npm left to itself would take the packages apart behind the next start's back. */
function runNpm(root, mode) {
  const npm = findNpm();
  return new Promise((resolve, reject) => {
    const child = spawn(npm.command, [...npm.arguments, ...npmArguments(mode)], {
      cwd: root,
      shell: npm.shell,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const keep = (chunk) => (output = (output + chunk).slice(-20_000));
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    let stopped = false;
    const stop = (signal) => {
      stopped = true;
      child.kill(signal);
    };
    for (const signal of stopSignals) process.once(signal, stop);
    child.on("error", () =>
      reject(new SetUpError("npm was not found. It comes with Node.js; on Debian and Ubuntu: apt-get install npm.")),
    );
    child.on("close", (code) => {
      for (const signal of stopSignals) process.removeListener(signal, stop);
      if (stopped) reject(new SetUpError("The install was stopped. The next start does it again."));
      else if (code === 0) resolve();
      else reject(explainInstallFailure(output, code));
    });
  });
}

function npmArguments(mode) {
  return [
    "ci",
    mode === "all" ? "--include=dev" : "--omit=dev",
    "--include=optional",
    "--ignore-scripts",
    "--engine-strict=false",
    // Two more tries within seconds; npm's own pauses would let a machine without network wait for two minutes.
    "--fetch-retries=2",
    "--fetch-retry-mintimeout=1000",
    "--fetch-retry-maxtimeout=5000",
    "--no-audit",
    "--no-fund",
    "--no-progress",
    "--loglevel=error",
  ];
}

/** The npm that started us, else the one on PATH. */
function findNpm() {
  const running = process.env.npm_execpath ?? "";
  if (/npm(-cli)?\.c?js$/.test(path.basename(running)) && existsSync(running)) {
    return { command: process.execPath, arguments: [running], shell: false };
  }
  // Windows has npm as a command file, which only a shell can start; the flags above need no quoting.
  return { command: "npm", arguments: [], shell: process.platform === "win32" };
}
