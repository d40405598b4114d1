// Which sequence of a context a new request gets, and how much of its prompt is there already. Pure. Cached tokens count
// only if they are equal one by one and were written in the same cache scope: a hit must tell nobody what another wrote.
import { commonStart } from "../cache/state-index.ts";

export interface CachedSequence {
  readonly sequence: number;
  readonly running: boolean;
  /** Null while nothing is in it. */
  readonly scope: string | null;
  /** Its start that those of another scope may have. */
  readonly shared: SharedTokens | null;
  /** Tokens in its cache, in order of position. */
  readonly tokens: Int32Array;
  /** Grows with use; the lowest is replaced first. */
  readonly lastUsed: number;
}

export interface SharedTokens {
  readonly scope: string;
  readonly tokens: number;
}

/** Who asks. */
export interface AskingScopes {
  readonly scope: string;
  readonly shared: SharedTokens | null;
}

export interface SequenceChoice {
  readonly sequence: number;
  /** Prompt tokens that need not be computed. */
  readonly cachedTokens: number;
  /** Copy them from this one first; null: they are in the sequence itself. */
  readonly copyFrom: number | null;
}

/**
 * Shorter shared starts are computed again: a copy moves the whole sequence, whatever part of it is used. Measured with the
 * starter on two cores: a copy of 2,048 tokens takes as long as two tokens do to compute.
 */
const leastCopiedTokens = 16;
const leastCopiedPart = 1 / 128;
/** So short a rest of another chat is cut off when no sequence is empty: it is computed again sooner than a miss is. */
const mostLostTokens = 64;

/** Null if all sequences run. */
export function chooseSequence(
  sequences: readonly CachedSequence[],
  prompt: Int32Array,
  scopes: AskingScopes,
  tokensPerSequence: number,
): SequenceChoice | null {
  const idle = sequences.filter(({ running }) => !running);
  const replaced = idle.reduce<CachedSequence | null>(
    (oldest, candidate) => (oldest === null || isReplacedFirst(candidate, oldest) ? candidate : oldest),
    null,
  );
  if (replaced === null) return null;
  const best = findLongestStart(sequences, prompt, scopes);
  const ownStart = findLongestStart([replaced], prompt, scopes)?.cachedTokens ?? 0;
  const inPlace = { sequence: replaced.sequence, cachedTokens: ownStart, copyFrom: null };
  if (best === null) return inPlace;

  const { source, cachedTokens } = best;
  const isMostOfIt = cachedTokens * 2 >= source.tokens.length;
  const isCheapToLose = replaced.tokens.length > 0 && source.tokens.length - cachedTokens <= mostLostTokens;
  if (!source.running && (isMostOfIt || isCheapToLose || source === replaced)) {
    return { sequence: source.sequence, cachedTokens, copyFrom: null };
  }
  const isWorthACopy = cachedTokens - ownStart >= Math.max(leastCopiedTokens, tokensPerSequence * leastCopiedPart);
  return isWorthACopy ? { sequence: replaced.sequence, cachedTokens, copyFrom: source.sequence } : inPlace;
}

/** How many of the equal tokens at the start one may have of another. */
export function allowedTokens(of: AskingScopes, { scope, shared }: AskingScopes): number {
  if (of.scope === scope) return Infinity;
  if (shared === null || of.shared?.scope !== shared.scope) return 0;
  return Math.min(shared.tokens, of.shared.tokens);
}

function findLongestStart(sequences: readonly CachedSequence[], prompt: Int32Array, scopes: AskingScopes) {
  let best: { source: CachedSequence; cachedTokens: number } | null = null;
  for (const source of sequences) {
    if (source.scope === null) continue;
    const allowed = allowedTokens({ scope: source.scope, shared: source.shared }, scopes);
    // The last prompt token is always computed: its logits choose the first token of the answer.
    const cachedTokens = Math.min(allowed, commonStart(source.tokens, prompt), prompt.length - 1);
    if (cachedTokens === 0) continue;
    const isBetter =
      best === null ||
      cachedTokens > best.cachedTokens ||
      (cachedTokens === best.cachedTokens && isCutFirst(source, best.source));
    if (isBetter) best = { source, cachedTokens };
  }
  return best;
}

function isCutFirst(candidate: CachedSequence, than: CachedSequence): boolean {
  if (candidate.running !== than.running) return than.running;
  return candidate.lastUsed < than.lastUsed;
}

function isReplacedFirst(candidate: CachedSequence, than: CachedSequence): boolean {
  const isEmpty = candidate.tokens.length === 0;
  if (isEmpty !== (than.tokens.length === 0)) return isEmpty;
  return candidate.lastUsed < than.lastUsed;
}
