// The one calm screen of a start: where it is, how to get in, where data lies, how the model is, how to stop.
import type { ModelDescription, ModelState } from "../inference/model-call.ts";
import { chooseDefaultModel } from "../features/models/server/models.ts";
import type { RunningServer } from "../server/start.ts";
import type { CommandCall } from "./command.ts";

const stateIntervalMs = 250;

export interface StartScreen {
  stopping(): void;
  stopped(): void;
}

export function showStartScreen(server: RunningServer, { environment, files, output }: CommandCall): StartScreen {
  const port = new URL(server.url).port;
  const ssh = environment.ssh;
  const tunnel = ssh ? `ssh -L ${port}:127.0.0.1:${port} ${ssh.user}@${ssh.host}` : undefined;
  output.answer(
    { event: "listening", url: server.url, setupUrl: server.setupUrl, dataFolder: server.dataFolder, pid: process.pid, version: files.version, warnings: server.warnings },
    [
      "",
      `  Shobar ${files.version}`,
      "",
      `  Address      ${server.url}`,
      server.setupUrl ? `  First step   ${server.setupUrl}\n               Open this link once to create the owner's account.` : `  Sign in at   ${server.url}`,
      ...(tunnel ? [`  From afar    ${tunnel}`] : []),
      `  Data folder  ${server.dataFolder}`,
      ...server.warnings.map((warning) => `  Note         ${warning}`),
      "  Stop         Ctrl-C",
    ].join("\n"),
  );
  const line = followModel(server, output);
  void server.slowDiskMs.then((ms) => {
    if (ms !== null) {
      line.note({ event: "slow-disk", fsyncMs: ms }, `  Note         Every saved message waits ${ms} ms for the disk: a faster one for the data folder would help.`);
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

interface ModelLine {
  /** Says something above the line, which is written again. */
  note(value: unknown, text: string): void;
  end(): void;
}

/** Changes in place on a terminal, one line per state elsewhere; ends when the model is ready or cannot be. */
function followModel(server: RunningServer, output: CommandCall["output"]): ModelLine {
  let shown = "";
  let ended = false;
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    const model = chooseDefaultModel(await server.engine.listModels());
    const { text, status, isFinal } = sayState(model);
    if (ended) {
      return;
    }
    // Percentages only where they replace each other.
    const key = output.isTerminal ? text : status;
    if (key !== shown) {
      shown = key;
      const value = { event: "model", id: model?.id ?? null, state: model?.state ?? null };
      if (output.isTerminal) {
        output.write(`\r\u001B[2K  Model        ${text}${isFinal ? "\n" : ""}`);
      } else {
        output.answer(value, `  Model        ${text}`);
      }
    }
    if (!isFinal) {
      timer = setTimeout(() => void look().catch(() => {}), stateIntervalMs);
    }
  }

  void look().catch(() => {});
  return {
    note(value, text) {
      if (!ended) {
        output.write(output.isTerminal ? "\r\u001B[2K" : "");
        output.answer(value, text);
        shown = "";
      }
    },
    end() {
      ended = true;
      clearTimeout(timer);
    },
  };
}

function sayState(model: ModelDescription | undefined): { text: string; status: string; isFinal: boolean } {
  if (!model) {
    return { text: "none yet: put a GGUF file into the models folder in the data folder", status: "none", isFinal: true };
  }
  const name = model.isStarter ? `${model.name} (small, English, for trying out)` : model.name;
  const { state } = model;
  return { text: `${name}: ${describeState(state)}`, status: state.status, isFinal: ["ready", "busy", "unavailable"].includes(state.status) };
}

function describeState(state: ModelState): string {
  switch (state.status) {
    case "idle":
      return "waiting to load";
    case "loading":
      return `loading ${Math.round(state.percent)} %`;
    case "ready":
    case "busy":
      return "ready";
    case "crashed":
      return "stopped working, starting again";
    case "unavailable":
      return state.reason;
  }
}
