// `serve`: starts, shows one calm screen, ends cleanly on Ctrl-C; a second Ctrl-C does not wait.
import { startServer } from "../../server/start.ts";
import type { CommandCall } from "../command.ts";
import { showStartScreen } from "../start-screen.ts";

/** Longer than the server gives its own parts; what hangs even then is cut off. */
const maxStopMs = 5_000;

export async function serve(call: CommandCall): Promise<void> {
  const asked = untilAskedToStop();
  const server = await startServer(call.config(), call.files);
  // Before the program's own word about it, which ends the process.
  process.prependListener("uncaughtException", (error) => server.logger.fatal({ event: "crashed", err: error }));
  const screen = showStartScreen(server, call);
  const crash = await Promise.race([asked, server.crashed]);
  screen.stopping();
  const deadline = setTimeout(() => process.exit(1), maxStopMs);
  await server.stop();
  clearTimeout(deadline);
  screen.stopped();
  if (crash) {
    throw crash;
  }
  // A handle that a library left open must not keep a stopped server alive.
  process.exit(0);
}

/**
 * Within this time a second signal is the same wish: a terminal or a service manager tells the whole group of processes,
 * and the launcher passes on what it got.
 */
const sameWishMs = 500;

/** Listens from the first moment, so that a start is never cut in the middle; whoever asks twice does not wait. */
function untilAskedToStop(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let firstAt: number | undefined;
  const onSignal = (): void => {
    firstAt ??= performance.now();
    if (performance.now() - firstAt > sameWishMs) {
      process.exit(130);
    }
    resolve();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  // The launcher that started us was killed; nobody would stop us later, and the port would stay taken.
  process.once("disconnect", resolve);
  return promise;
}
