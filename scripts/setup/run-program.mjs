import { spawn } from "node:child_process";

/**
 * Runs a program in the foreground and ends this process as it ended: signals are passed on, exit codes are passed back.
 * A Ctrl-C reaches the program by itself, since it shares our terminal; passing it on would count twice.
 */
export function becomeProgram(command, programArguments) {
  const child = spawn(command, programArguments, { stdio: "inherit" });
  for (const signal of ["SIGTERM", "SIGHUP", "SIGINT", "SIGUSR2"]) {
    process.on(signal, () => {
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
