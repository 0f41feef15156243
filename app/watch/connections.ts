// Flows that are one connection's packets in one direction under several addresses (DNAT, SNAT, MASQUERADE): by what conntrack lists, else by
// packets that NAT cannot have made alike by chance. Each has one number, the lowest of its flows.
import type { ConntrackEntry } from '../probe/conntrack-entries.ts';
import type { FlowTable, FlowTuple } from './flow-table.ts';

/** Packets that were seen under two tuples, of protocols whose packets do not number themselves, before both are taken for one connection. */
const ALIKE_AT_LEAST = 3;
/** Pairs of flows that were alike once or twice. */
const MOST_GUESSES = 10_000;

export class Connections {
  readonly #flows: FlowTable;
  /** By flow, a flow of its connection with a lower number; none: itself. */
  readonly #parents = new Map<number, number>();
  #joins = 0;
  /** Of two flows that may be one, the identities that they had in common. */
  readonly #guesses = new Map<string, Set<number>>();

  constructor(flows: FlowTable) {
    this.#flows = flows;
  }

  /** How often two became one. */
  get joins(): number {
    return this.#joins;
  }

  /** The number of the connection and direction that a flow is of. */
  of(flow: number): number {
    let root = flow;
    for (let parent = this.#parents.get(root); parent !== undefined; parent = this.#parents.get(root))
      root = parent;
    return root;
  }

  /** What conntrack lists: both directions, as they are before and behind the translation. */
  learn({ family, protocol, original, reply }: ConntrackEntry): void {
    const tuple = ({ src, dst, sport, dport }: ConntrackEntry['original']): FlowTuple => ({
      ...{ family, protocol, source: src, destination: dst, sourcePort: sport, destinationPort: dport },
    });
    const [sent, answered] = [this.#flows.ofTuple(tuple(original)), this.#flows.ofTuple(tuple(reply))];
    this.#join(sent, this.#flows.reverse(answered));
    this.#join(answered, this.#flows.reverse(sent));
  }

  /**
   * Packets of one identity under two flows, at different visits each. TCP's have two random numbers of 32 bits in common and are sure at
   * once; of others several different ones must be alike, and one end the same.
   */
  alike(a: number, b: number, identity: number, isSure: boolean): void {
    const [one, other] = [this.of(a), this.of(b)];
    if (one === other) return;
    if (isSure) {
      this.#join(one, other);
      this.#join(this.#flows.reverse(a), this.#flows.reverse(b));
      return;
    }
    if (!this.#sharesEnd(a, b)) return;
    const key = `${String(Math.min(a, b))} ${String(Math.max(a, b))}`;
    const seen = this.#guesses.get(key) ?? new Set();
    seen.add(identity);
    if (seen.size >= ALIKE_AT_LEAST) {
      this.#guesses.delete(key);
      this.#join(one, other);
      this.#join(this.#flows.reverse(a), this.#flows.reverse(b));
    } else if (this.#guesses.size < MOST_GUESSES) this.#guesses.set(key, seen);
  }

  /** As a rule one end is translated. */
  #sharesEnd(a: number, b: number): boolean {
    const [one, other] = [this.#flows.tuple(a), this.#flows.tuple(b)];
    return one?.source === other?.source || one?.destination === other?.destination;
  }

  #join(a: number, b: number): void {
    if (a === 0 || b === 0) return;
    const [one, other] = [this.of(a), this.of(b)];
    if (one === other) return;
    this.#parents.set(Math.max(one, other), Math.min(one, other));
    this.#joins += 1;
  }
}
