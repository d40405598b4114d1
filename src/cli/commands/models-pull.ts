import type { DownloadProgress } from "../../features/downloads/server/download-runs.ts";
import { AppError } from "../../platform/errors.ts";
import { formatBytes } from "../../platform/format-bytes.ts";
import type { CommandCall } from "../command.ts";
import { openControl } from "../control.ts";
import type { Output } from "../output.ts";
import { requireArgument } from "../require-option.ts";

/** Ctrl-C pauses it: typed again, it goes on. */
export async function pullModel(call: CommandCall): Promise<void> {
  const source = requireArgument(call, "What to fetch, an id of the catalogue, OWNER/NAME or an address,");
  await using control = await openControl(call);
  if (call.options["discard"] === true) {
    await control.perform("models.pull.discard", { source });
    call.output.answer({ discarded: source }, `Deleted what had arrived of ${source}.`);
    return;
  }
  const line = createProgressLine(call.output);
  const pulled = await untilStopped(line, (signal) => control.perform("models.pull", { source }, line.show, signal));
  const sentence = pulled.wasHere
    ? `It was here already: ${pulled.modelId}`
    : `Fetched: ${pulled.modelId}. Try it: shobar ask --model ${pulled.modelId} "Hello"`;
  call.output.answer(pulled, sentence);
}

/** Throws download_stopped where somebody stopped it. */
export async function untilStopped<Result>(
  line: Pick<ProgressLine, "end">,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const stopped = new AbortController();
  const stop = (): void => stopped.abort(new AppError("download_stopped"));
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  try {
    return await work(stopped.signal);
  } catch (error) {
    throw stopped.signal.aborted ? new AppError("download_stopped", {}, { cause: error }) : error;
  } finally {
    line.end();
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}

export interface ProgressLine {
  show(event: unknown): void;
  end(): void;
}

/** One line that changes on a terminal; a line every tenth elsewhere. */
export function createProgressLine(output: Output): ProgressLine {
  let lastTenth = -1;
  let isShown = false;
  return {
    show(event) {
      const progress = event as DownloadProgress;
      const text = describeProgress(progress);
      const tenth = Math.floor((progress.receivedBytes / progress.sizeBytes) * 10);
      if (output.isTerminal) {
        output.write(`\r\u001B[2K${text.slice(0, output.columns - 1)}`);
        isShown = true;
      } else if (tenth !== lastTenth) {
        lastTenth = tenth;
        output.answer({ event: "progress", ...progress }, text);
      }
    },
    end() {
      if (isShown) output.write("\n");
      isShown = false;
    },
  };
}

/** `42 % of 2.5 GB, 12 MB/s, 2 min left` */
export function describeProgress({ sizeBytes, receivedBytes, bytesPerSecond }: DownloadProgress): string {
  const share = `${Math.floor((receivedBytes / sizeBytes) * 100)} % of ${formatBytes(sizeBytes)}`;
  if (receivedBytes === sizeBytes) return `${share}, being checked`;
  if (bytesPerSecond === null) return share;
  if (bytesPerSecond === 0) return `${share}, nothing comes now`;
  const seconds = Math.ceil((sizeBytes - receivedBytes) / bytesPerSecond);
  return `${share}, ${formatBytes(bytesPerSecond)}/s, ${timeLeft(seconds)} left`;
}

function timeLeft(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3_600)} h`;
}
