// The one calm screen of a start: where it is, how to get in, where data lies, how the model is, how to stop.
import { setTimeout } from "node:timers/promises";
import type { AppError } from "../platform/errors.ts";
import { changesBetween } from "../platform/read-changelog.ts";
import type { RunningServer } from "../server/start.ts";
import type { CommandCall } from "./command.ts";
import { createModelLine, type ModelLine } from "./model-line.ts";
import { upgradeLines } from "./upgrade-lines.ts";

const stateIntervalMs = 250;

export interface StartScreen {
  stopping(): void;
  stopped(): void;
}

export function showStartScreen(server: RunningServer, { environment, files, output }: CommandCall): StartScreen {
  const port = new URL(server.url).port;
  const ssh = environment.ssh;
  const tunnel = ssh ? `ssh -L ${port}:127.0.0.1:${port} ${ssh.user}@${ssh.host}` : undefined;
  const changes = server.upgrade
    ? changesBetween(files.productFolder, server.upgrade.fromVersion, server.upgrade.toVersion)
    : [];
  output.answer(
    {
      event: "listening",
      url: server.url,
      organisation: server.organisation,
      addresses: server.addresses,
      setupUrl: server.setupUrl,
      dataFolder: server.dataFolder,
      pid: process.pid,
      version: files.version,
      warnings: server.warnings,
      upgrade: server.upgrade && { ...server.upgrade, changes },
    },
    [
      "",
      `  Shobar ${files.version}${server.organisation === "" ? "" : ` of ${server.organisation}`}`,
      "",
      `  Address      ${server.url}`,
      ...server.addresses
        .filter((address) => address !== server.url)
        .map((address, index) => `  ${index === 0 ? "For others " : "           "}  ${address}`),
      ...(server.setupUrl
        ? [`  First step   ${server.setupUrl}`, "               Open this link once to create the owner's account."]
        : []),
      ...(tunnel ? [`  From afar    ${tunnel}`] : []),
      `  Data folder  ${server.dataFolder}`,
      ...(server.upgrade ? upgradeLines(server.upgrade, changes, output.columns) : []),
      ...server.warnings.map((warning) => `  Note         ${wrapped(warning, output.columns)}`),
      "  Stop         Ctrl-C",
    ].join("\n"),
  );
  const line = createModelLine(output);
  void followModel(server, line).catch(() => line.end());
  void server.slowDiskMs.then((ms) => {
    if (ms !== null) {
      line.note(
        { event: "slow-disk", fsyncMs: ms },
        `  Note         Every saved message waits ${ms} ms for the disk: a faster one for the data folder would help.`,
      );
    }
  });
  return {
    stopping() {
      line.end();
      output.answer({ event: "stopping" }, "\n  Stopping …");
    },
    stopped: () => output.answer({ event: "stopped" }, "  Stopped. Everything is kept."),
  };
}

const indent = 15;
const widest = 100;

/** In lines that fit the terminal, the later ones below the first. */
function wrapped(sentence: string, columns: number): string {
  const room = Math.max(40, Math.min(columns, widest) - indent);
  const lines: string[] = [];
  for (const word of sentence.split(" ")) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > room) {
      lines.push(word);
    } else {
      lines[lines.length - 1] = `${line} ${word}`;
    }
  }
  return lines.join(`\n${" ".repeat(indent)}`);
}

/** Says how the model is until it is ready or cannot be. */
async function followModel(server: RunningServer, line: ModelLine): Promise<void> {
  const model = await server.warmUp.model;
  if (!model) {
    line.show(null, null, "none yet: put a GGUF file into the models folder in the data folder", { isLast: true });
    return;
  }
  const name = model.isStarter ? `${model.name} (small, English, for trying out)` : model.name;
  let failure: AppError | null | undefined;
  while (failure === undefined) {
    const state = (await server.engine.listModels()).find(({ id }) => id === model.id)?.state;
    if (state?.status === "idle" || state?.status === "loading") {
      line.show(
        model.id,
        state,
        `${model.name}: ${state.status === "loading" ? `loading ${Math.round(state.percent)} %` : "waiting to load"}`,
      );
    }
    failure = await Promise.race([server.warmUp.failure, setTimeout(stateIntervalMs, undefined, { ref: false })]);
  }
  if (failure) {
    line.show(model.id, { status: "unavailable", reason: failure.message }, `${name}: ${failure.message}`, {
      isLast: true,
    });
  } else {
    line.show(model.id, { status: "ready" }, `${name}: ready`, { isLast: true });
  }
}
