// The clocks of all nodes, as packets between them tell: how far each is ahead of another, and what a packet took from one to another. All of
// it depends on what was seen alone, not on the order in which it came here, as long as nothing comes more than 30 s late.
import {
  CLOCK_DRIFT,
  estimateOf,
  intersection,
  reversed,
  TICK_NS,
  type Bounds,
  type Estimate,
} from './bounds.ts';
import { ClockNetwork, UPTIME } from './clock-network.ts';
import { clockSteps, type ClockStep } from './clock-steps.ts';
import { SyncBounds, type Span, type SyncReading } from './sync-bounds.ts';

/** ns: beyond it nothing is a time any more (in the year 2261). */
const MOST_NS = 2 ** 63;
/** ns: /proc/uptime has two decimals, cut off (fs/proc/uptime.c). */
const UPTIME_TICK_NS = 10_000_000;

export interface Latency extends Estimate {
  /**
   * `same-node`: of one clock. `half-rtt`: half of what packets of both directions leave open. `sync`: what the nodes' own clock
   * synchronisation says is tighter.
   */
  readonly by: 'same-node' | 'half-rtt' | 'sync';
}

/** Packets cannot be as the nodes' own synchronisation says. */
export interface SyncContradiction {
  /** How far the one clock is ahead of the other. */
  readonly seen: Estimate;
  /** How far both are apart at most, as they say. */
  readonly saidNs: number;
}

export class NodeClocks {
  readonly #network = new ClockNetwork();
  readonly #sync = new SyncBounds();
  #steps: readonly ClockStep[] = [];
  #version = 0;

  /** A packet was seen last on one node and then first on another; ns since one base second, each by its own node's clock. */
  observe(sentOn: number, sent: number, receivedOn: number, received: number): void {
    if (sentOn === receivedOn || !isTime(sent) || !isTime(received)) return;
    this.#network.pairOf(sentOn, receivedOn)?.observe(sentOn, sent, received);
  }

  /**
   * A node told its time between two looks at how long it is up, ns, the latter as /proc/uptime tells it. A time in whole seconds is of a
   * date(1) that knows no others, and says nothing.
   */
  observeUptime(node: number, time: number, before: number, after: number): void {
    if (!isTime(time) || time % 1e9 === 0 || !(before >= 0) || !(after >= before) || !isTime(after)) return;
    const own = this.#network.ownOf(node);
    own?.observe(UPTIME, before, time);
    own?.observe(node, time, after + UPTIME_TICK_NS);
  }

  /** What a node says of its own clock. */
  setSync(node: number, reading: SyncReading): void {
    this.#sync.set(node, reading);
  }

  /** From now on answers are of all that was seen; for once or twice a second, as it costs some tenths of a millisecond a pair. */
  refresh(): void {
    const isNew = [...this.#network.pairs, ...this.#network.own.values()].map((pair) => pair.refresh());
    if (!isNew.includes(true)) return;
    this.#version += 1;
    this.#steps = clockSteps(this.#network);
    this.#sync.wereSet(this.#whenSet());
  }

  /** By node, when its clock may have been set, by itself. */
  #whenSet(): ReadonlyMap<number, readonly Span[]> {
    const when = new Map<number, Span[]>();
    for (const { node, nodes, clock, from, to } of this.#steps)
      for (const each of node === null ? nodes : [node]) {
        const ahead = [from, to].map((at) => this.bounds(clock, at, each));
        const span = {
          from: Math.min(...ahead.map(({ atLeast }) => from + atLeast)),
          to: Math.max(...ahead.map(({ atMost }) => to + atMost)),
        };
        when.set(each, [...(when.get(each) ?? []), span]);
      }
    return when;
  }

  /** Rises when answers may be others. */
  get version(): number {
    return this.#version;
  }

  /** Clocks that were set, as far as is remembered: a quarter of an hour. */
  get steps(): readonly ClockStep[] {
    return this.#steps;
  }

  /** How far `to` is ahead of `from` at that time of `from`, as packets tell. */
  bounds(from: number, at: number, to: number): Bounds {
    return from === to ? { atLeast: 0, atMost: 0 } : this.#network.between(from, at, to);
  }

  /** The same as one number and its hard bound; null: packets were seen in one direction only, or in none. */
  ahead(from: number, at: number, to: number): Estimate | null {
    return estimateOf(this.bounds(from, at, to));
  }

  /** Whether the nodes' own synchronisation may be as right as it says, at that time of `from`; null: one of both is not known. */
  contradiction(from: number, at: number, to: number): SyncContradiction | null {
    const seen = this.bounds(from, at, to);
    const there = estimateOf(seen);
    if (there === null) return null;
    const said = this.#sync.between(from, at, to, at + there.ns);
    return said.atMost < seen.atLeast || said.atLeast > seen.atMost
      ? { seen: there, saidNs: said.atMost }
      : null;
  }

  /** What a packet took from one sighting to the next; null: nobody knows. */
  latency(sentOn: number, sent: number, receivedOn: number, received: number): Latency | null {
    const took = received - sent;
    if (!Number.isFinite(took)) return null;
    if (sentOn === receivedOn)
      // The clock was set back meanwhile.
      return took < -TICK_NS ? null : { ns: Math.max(0, took), plusMinusNs: TICK_NS, by: 'same-node' };
    const seen = tookReally(took, this.#ahead(sentOn, sent, receivedOn, received));
    const synced = tookReally(took, this.#sync.between(sentOn, sent, receivedOn, received));
    const [byPackets, bySync] = [estimateOf(seen), estimateOf(synced)];
    if (bySync !== null && (byPackets === null || bySync.plusMinusNs < byPackets.plusMinusNs)) {
      // Null where both contradict each other: then packets are right.
      const both = estimateOf(intersection(seen, synced));
      if (both !== null) return { ...both, by: 'sync' };
    }
    return byPackets === null ? null : { ...byPackets, by: 'half-rtt' };
  }

  /** By either's time: where one was set back, the other's still tells. */
  #ahead(sentOn: number, sent: number, receivedOn: number, received: number): Bounds {
    return intersection(
      this.#network.between(sentOn, sent, receivedOn),
      reversed(this.#network.between(receivedOn, received, sentOn)),
    );
  }
}

/** @param took by two clocks @param ahead how far the receiver's is ahead */
function tookReally(took: number, { atLeast, atMost }: Bounds): Bounds {
  return {
    atLeast: Math.max(0, (took - atMost - TICK_NS) * (1 - CLOCK_DRIFT)),
    atMost: (took - atLeast + TICK_NS) * (1 + CLOCK_DRIFT),
  };
}

function isTime(ns: number): boolean {
  return Math.abs(ns) <= MOST_NS;
}
