import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

const everyMs = 500;
/** When this process began: npm may be stopped while it is still setting up. */
const startersAtFirst = starters();

/**
 * Runs a program in the foreground and ends this process as it ended: signals are passed on, exit codes are passed back.
 * A Ctrl-C reaches the program by itself, since it shares our terminal; passing it on would count twice. The channel tells
 * the program when this process is killed.
 */
export function becomeProgram(command, programArguments) {
  if (isStarterGone()) process.exit(143);
  const child = spawn(command, programArguments, { stdio: ["inherit", "inherit", "inherit", "ipc"] });
  // Told once: a second signal means that somebody does not want to wait.
  let isTold = false;
  setInterval(() => {
    if (isTold || !isStarterGone()) return;
    isTold = true;
    child.kill("SIGTERM");
  }, everyMs).unref();
  for (const signal of ["SIGTERM", "SIGHUP", "SIGINT", "SIGUSR2"]) {
    process.on(signal, () => {
      isTold = true;
      if (signal === "SIGINT" && process.stdin.isTTY) return;
      child.kill(signal);
    });
  }
  child.on("error", (error) => {
    process.stderr.write(`${command} could not be started: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    // Nobody asked for it: most often the system, for want of memory. Without a word it would look like a plain stop.
    if (signal === "SIGKILL")
      process.stderr.write("The program was killed by the system; it may have run out of memory.\n");
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/**
 * npm passes a SIGTERM to its shell alone, which ends without a word to us, and a killed npm leaves the shell behind. So who
 * was started by npm looks whether both are still there. Nobody else does: who starts us in the background may go.
 */
function isStarterGone() {
  return process.env.npm_lifecycle_event !== undefined && starters() !== startersAtFirst;
}

function starters() {
  const shell = process.ppid;
  try {
    // Behind the program's name in brackets: its state, then its own parent.
    const npm = /.*\) \S+ (\d+)/s.exec(readFileSync(`/proc/${shell}/stat`, "utf8"))?.[1];
    return `${shell} of ${npm}`;
  } catch {
    return `${shell}`;
  }
}

/** Runs a program to its end and returns its exit code and output. */
export function runProgram(command, programArguments, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, programArguments, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (chunk) => (output += chunk);
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}
