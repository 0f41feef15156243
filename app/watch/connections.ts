// Flows that are one connection's packets in one direction under several addresses (DNAT, SNAT, MASQUERADE): by what conntrack lists, else by
// packets that NAT cannot have made alike by chance. Each has one number, the lowest of its flows.
import type { ConntrackEntry } from '../probe/conntrack-entries.ts';
import type { FlowTable, FlowTuple } from './flow-table.ts';

/** Packets that were seen under two tuples, of protocols whose packets do not number themselves, before both are taken for one connection. */
const ALIKE_AT_LEAST = 3;
/** Flows that were alike with another one once or twice. */
const MOST_GUESSES = 10_000;

export class Connections {
  readonly #flows: FlowTable;
  /** By flow, a flow of its connection with a lower number; none: itself. */
  readonly #parents = new Map<number, number>();
  /** Connections of several flows. */
  readonly #several = new Set<number>();
  /** By flow, then by a later flow that may be the same connection, the identities that they had in common. */
  readonly #guesses = new Map<number, Map<number, Set<number>>>();

  readonly #joined: (connection: number, other: number) => void;

  /** @param joined told of each connection that turns out to be a part of another */
  constructor(flows: FlowTable, joined: (connection: number, other: number) => void) {
    this.#flows = flows;
    this.#joined = joined;
  }

  /** The number of the connection and direction that a flow is of. */
  of(flow: number): number {
    let root = flow;
    for (let parent = this.#parents.get(root); parent !== undefined; parent = this.#parents.get(root))
      root = parent;
    if (root !== flow && this.#parents.get(flow) !== root) this.#parents.set(flow, root);
    return root;
  }

  isSeveral(connection: number): boolean {
    return this.#several.has(connection);
  }

  /** Packets of the one answer the other's. */
  areOpposite(a: number, b: number): boolean {
    const [one, other] = [this.#flows.tuple(a), this.#flows.tuple(b)];
    return one?.source === other?.destination && one?.destination === other?.source;
  }

  /** What conntrack lists: both directions, as they are before and behind the translation. */
  learn({ family, protocol, original, reply }: ConntrackEntry): void {
    // Nothing is translated: there is nothing to be learned.
    if (original.src === reply.dst && original.dst === reply.src)
      if (original.sport === reply.dport && original.dport === reply.sport) return;
    const tuple = ({ src, dst, sport, dport }: ConntrackEntry['original']): FlowTuple => ({
      ...{ family, protocol, source: src, destination: dst, sourcePort: sport, destinationPort: dport },
    });
    const [sent, answered] = [this.#flows.ofTuple(tuple(original)), this.#flows.ofTuple(tuple(reply))];
    this.#join(sent, this.#flows.reverse(answered));
    this.#join(answered, this.#flows.reverse(sent));
  }

  /**
   * Packets of one identity under two flows, before and behind a router. TCP's have random numbers of 32 bits in common, those of one socket
   * a sender, and are sure at once; of others several different ones must be alike.
   */
  alike(a: number, b: number, identity: number, isSure: boolean): void {
    if (this.of(a) === this.of(b)) return;
    if (!isSure && !this.#isEnough(Math.min(a, b), Math.max(a, b), identity)) return;
    this.#join(a, b);
    this.#join(this.#flows.reverse(a), this.#flows.reverse(b));
  }

  forget(flows: ReadonlySet<number>): void {
    for (const flow of flows) {
      this.#parents.delete(flow);
      this.#several.delete(flow);
      this.#guesses.delete(flow);
    }
  }

  #isEnough(lower: number, higher: number, identity: number): boolean {
    if (this.#guesses.size >= MOST_GUESSES) this.#guesses.clear();
    const guesses = this.#guesses.get(lower) ?? new Map<number, Set<number>>();
    this.#guesses.set(lower, guesses);
    const seen = guesses.get(higher) ?? new Set();
    seen.add(identity);
    if (seen.size < ALIKE_AT_LEAST) {
      if (guesses.size < ALIKE_AT_LEAST || guesses.has(higher)) guesses.set(higher, seen);
      return false;
    }
    this.#guesses.delete(lower);
    return true;
  }

  #join(a: number, b: number): void {
    if (a === 0 || b === 0) return;
    const [one, other] = [this.of(a), this.of(b)];
    if (one === other) return;
    const [root, part] = [Math.min(one, other), Math.max(one, other)];
    this.#parents.set(part, root);
    this.#several.add(root);
    this.#joined(root, part);
  }
}
