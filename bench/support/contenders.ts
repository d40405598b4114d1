// The programs of one comparison, each started fresh for a round and stopped after it, in an order that turns from
// round to round, so that none always runs on the warmer machine.
import { progress } from "./claim.ts";
import { findLlamaServer, peerMissing, type PeerVariant, peerVariants, startLlamaServer } from "./llama-server.ts";
import { addMember, openShobar } from "./shobar.ts";
import type { ChatTarget } from "./stream-completion.ts";

export const threads = 2;

export interface RunningContender extends AsyncDisposable {
  readonly target: ChatTarget;
  /** The same as a second person; left out where a server knows no people. */
  asAnother?(): Promise<ChatTarget>;
}

export interface Contender {
  readonly name: string;
  start(): Promise<RunningContender>;
}

export const shobarName = "Shobar";

async function startShobar(): Promise<RunningContender> {
  const server = await openShobar({ flags: ["--threads", String(threads)] });
  return { ...server, asAnother: async () => ({ ...server.target, apiKey: await addMember(server) }) };
}

/** Shobar, and the peer in each variant where it is on this machine. */
export function contenders(variants: readonly PeerVariant[] = peerVariants): readonly Contender[] {
  const file = findLlamaServer();
  const shobar = { name: shobarName, start: startShobar };
  if (file === null) {
    return [shobar];
  }
  const peers = variants.map((variant) => ({
    name: `llama-server, ${variant.name}`,
    start: () => startLlamaServer(file, variant, threads),
  }));
  return [shobar, ...peers];
}

export interface Comparison<Measured> {
  /** One list a contender, one entry a round. */
  readonly measured: ReadonlyMap<string, readonly Measured[]>;
  readonly notes: readonly string[];
}

export async function compare<Measured>(
  rounds: number,
  measure: (target: ChatTarget, round: number, running: RunningContender) => Promise<Measured>,
  variants: readonly PeerVariant[] = peerVariants,
): Promise<Comparison<Measured>> {
  const all = contenders(variants);
  const measured = new Map(all.map(({ name }) => [name, [] as Measured[]]));
  for (let round = 0; round < rounds; round++) {
    const turn = round % all.length;
    for (const contender of [...all.slice(turn), ...all.slice(0, turn)]) {
      await using running = await contender.start();
      const result = await measure(running.target, round, running);
      measured.get(contender.name)!.push(result);
      progress(`round ${round + 1} of ${rounds}, ${contender.name}: ${JSON.stringify(result)}`);
    }
  }
  return { measured, notes: all.length === 1 ? [peerMissing] : [] };
}

/** The peer's best variant by the median of a figure, of those measured in every round; null without one. */
export function bestPeer(
  measured: ReadonlyMap<string, readonly number[]>,
  better: "higher" | "lower",
): { readonly name: string; readonly rounds: readonly number[] } | null {
  const peers = [...measured]
    .filter(([name, rounds]) => name !== shobarName && rounds.every(Number.isFinite))
    .map(([name, rounds]) => ({ name, rounds, median: middle(rounds) }));
  peers.sort((a, b) => (better === "higher" ? b.median - a.median : a.median - b.median));
  return peers[0] ?? null;
}

/** Shobar's figure divided by the peer's, round by round. */
export function ratios(shobar: readonly number[], peer: readonly number[]): number[] {
  return shobar.map((value, round) => value / peer[round]!);
}

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
