// The ways out of a hook gathered: those of one verdict and one packet are one, and there are never more than MOST_OUTCOMES.
import type { FilterPacket } from './filter-packet.ts';
import type { HookOutcome } from './hook-outcome.ts';
import { addressScalar } from './packet-view.ts';

export const MOST_OUTCOMES = 64;

export class Outcomes {
  readonly #byFate = new Map<string, HookOutcome>();
  #rest: HookOutcome | null = null;

  add(outcome: HookOutcome): void {
    const fate = fateOf(outcome);
    const before = this.#byFate.get(fate);
    if (before !== undefined) this.#byFate.set(fate, joined(before, outcome));
    else if (this.#byFate.size < MOST_OUTCOMES - 1) this.#byFate.set(fate, outcome);
    else this.#rest = this.#rest === null ? outcome : lumped(this.#rest, outcome);
  }

  /** The largest share first. */
  list(): HookOutcome[] {
    const all = [...this.#byFate.values(), ...(this.#rest === null ? [] : [this.#rest])];
    return all.toSorted((a, b) => b.share - a.share);
  }

  /** By which two are told apart. */
  shares(): ReadonlyMap<string, number> {
    const shares = new Map([...this.#byFate].map(([fate, { share }]) => [fate, share]));
    if (this.#rest !== null) shares.set('rest', this.#rest.share);
    return shares;
  }
}

/** Whether the same becomes of the packet. */
export function sameFates(a: readonly HookOutcome[], b: readonly HookOutcome[]): boolean {
  const [first, second] = [a, b].map((list) => {
    const outcomes = new Outcomes();
    for (const outcome of list) outcomes.add(outcome);
    return outcomes.shares();
  });
  return first !== undefined && second !== undefined && sameShares(first, second);
}

export function sameShares(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  if (a.size !== b.size) return false;
  for (const [fate, share] of a) if (Math.abs(share - (b.get(fate) ?? -1)) > 1e-9) return false;
  return true;
}

function joined(a: HookOutcome, b: HookOutcome): HookOutcome {
  const shown = b.share > a.share ? b : a;
  return {
    ...shown,
    share: a.share + b.share,
    presumed: [...new Set([...a.presumed, ...b.presumed])],
  };
}

/** More ways than anybody looks at. */
function lumped(a: HookOutcome, b: HookOutcome): HookOutcome {
  const by = [a, b].map(({ verdict }) => ('by' in verdict ? verdict.by : null)).find((hit) => hit !== null);
  const hit = by ?? a.hits.at(-1) ?? b.hits.at(-1);
  const sum = { ...joined(a, b), packet: a.packet };
  if (hit === undefined) return sum;
  return { ...sum, verdict: { kind: 'unknown', by: hit, why: `there are more than ${MOST_OUTCOMES} ways` } };
}

function fateOf({ verdict, packet }: HookOutcome): string {
  const how =
    verdict.kind === 'reject'
      ? `reject ${verdict.with ?? ''}`
      : verdict.kind === 'unknown'
        ? `unknown ${verdict.why}`
        : verdict.kind;
  return verdict.kind === 'accept' ? `${how} ${packetKey(packet)}` : how;
}

/** All that rules may change. */
function packetKey({ src, dst, sport, dport, mark, tos, ttl, iif, connection }: FilterPacket): string {
  const nat = `${connection.dnat ? 'd' : ''}${connection.snat ? 's' : ''}`;
  return `${addressScalar(src)} ${addressScalar(dst)} ${sport} ${dport} ${mark} ${tos} ${ttl} ${iif ?? ''} ${connection.state} ${connection.mark} ${nat}`;
}
