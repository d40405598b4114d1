// `npm run dev`: the server from its sources, started again when one changes, and vite in front of it for the web app.
// Arguments go to `serve`.
import { spawn, type ChildProcess } from "node:child_process";
import path from "node:path";
import { commandFile } from "./checks/run-step.ts";
import { rootFolder } from "./setup/root-folder.mjs";

const serverPort = "7460";

const start = (nodeArguments: readonly string[]): ChildProcess =>
  spawn(process.execPath, nodeArguments, {
    cwd: rootFolder,
    stdio: "inherit",
    env: { ...process.env, SHOBAR_DEV_PORT: serverPort },
  });

const server = path.join(rootFolder, "src", "cli", "main.ts");
// Pages come from vite, whose origin is not the server's own.
const serve = ["serve", "--port", serverPort, "--allowed-hosts", "localhost", ...process.argv.slice(2)];
const programs = [start(["--watch", "--watch-preserve-output", server, ...serve]), start([commandFile("vite")])];
console.log("The web app from its sources is at vite's address; open the links of the server with vite's port.");

const stopAll = () => programs.forEach((program) => program.kill());
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stopAll);
process.once("disconnect", stopAll);
for (const program of programs) {
  program.on("exit", (code) => {
    stopAll();
    process.exitCode ??= code ?? 1;
  });
}
