// `npm run demo`: a real server on a temporary folder with a small firm in it, for looking around and for the README's
// pictures. It listens on this machine only, needs no network, and takes its folder with it when it ends.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { describeDemo } from "./demo/describe-demo.ts";
import { startDemo } from "./demo/start-demo.ts";
import { prepare } from "./setup/prepare.mjs";

const { values } = parseArgs({
  options: { port: { type: "string", default: "0" }, json: { type: "boolean", default: false } },
});
const folder = mkdtempSync(path.join(tmpdir(), "shobar-demo-"));
// However it ends: nothing of the demo stays.
process.once("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
const open = new AsyncDisposableStack();
let isStopping = false;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stop());
process.once("disconnect", () => isStopping || void stop());

await prepare();
const tell = (line: string): void => {
  if (!values.json) console.log(`  ${line} …`);
};
const { facts, stop: stopServer } = await startDemo({ folder, port: values.port }, tell);
open.defer(stopServer);
console.log(values.json ? JSON.stringify(facts) : describeDemo(facts));

/** Who asks twice does not wait. */
async function stop(): Promise<void> {
  if (isStopping) process.exit(130);
  isStopping = true;
  await open.disposeAsync();
  if (!values.json) console.log("\n  The demo has ended, and its folder is gone.");
  process.exit(0);
}
