import { pino } from "pino";
import { createEgress } from "../../platform/egress/egress.ts";
import { outgoingProxyOf } from "../../platform/egress/outgoing-proxy.ts";
import type { CommandCall } from "../command.ts";
import { examine } from "../doctor/examine.ts";
import type { Finding } from "../doctor/finding.ts";

/** Ends with 1 where something fails; a warning alone does not. */
export async function doctor(call: CommandCall): Promise<void> {
  const config = call.config();
  const proxy = outgoingProxyOf(config.outgoingProxy, config.proxyExcept);
  const egress = createEgress({ logger: pino({ level: "silent" }), proxy });
  const findings = await examine({ config, files: call.files, egress, now: Date.now });
  const failed = findings.filter(({ state }) => state === "fail").length;
  const warned = findings.filter(({ state }) => state === "warn").length;
  call.output.answer({ findings, failed, warned }, [...findings.map(lineOf), "", summaryOf(failed, warned)].join("\n"));
  process.exitCode = failed > 0 ? 1 : 0;
}

function lineOf({ state, name, found, advice }: Finding): string {
  const line = `${state.padEnd(5)} ${name.padEnd(12)} ${found}`;
  return advice === null ? line : `${line}\n${" ".repeat(19)}${advice}`;
}

function summaryOf(failed: number, warned: number): string {
  if (failed + warned === 0) {
    return "All is well.";
  }
  const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? "" : "s"}`;
  return [...(failed > 0 ? [count(failed, "failure")] : []), ...(warned > 0 ? [count(warned, "warning")] : [])].join(
    ", ",
  );
}
